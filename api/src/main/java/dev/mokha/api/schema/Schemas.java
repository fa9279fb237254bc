package dev.mokha.api.schema;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.Optional;

/** Where the schema of a kind is found. Built-in kinds come from {@link BuiltinSchemas}. */
public interface Schemas {
  /** The schema of that kind. */
  Optional<ObjectSchema> byKind(GroupVersionKind kind);

  /** The schema of that OpenAPI definition, such as {@code io.k8s.api.core.v1.PodSpec}. */
  Optional<Schema> byName(String definition);
}
