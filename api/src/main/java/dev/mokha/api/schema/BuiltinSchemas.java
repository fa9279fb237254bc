package dev.mokha.api.schema;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The schemas of all kinds that are built in. Loading takes a few milliseconds; a type is read when
 * it is first asked for. Safe for any number of threads.
 *
 * <pre>{@code
 * ObjectSchema deployment =
 *     BuiltinSchemas.get().byKind(new GroupVersionKind("apps", "v1", "Deployment")).orElseThrow();
 * }</pre>
 */
public final class BuiltinSchemas implements Schemas {
  private final SchemaResource resource;

  private BuiltinSchemas(SchemaResource resource) {
    this.resource = resource;
  }

  private static final class Holder {
    static final BuiltinSchemas INSTANCE = new BuiltinSchemas(SchemaResource.load());
  }

  /** The one set there is, since it never changes; loaded by the first call. */
  public static BuiltinSchemas get() {
    return Holder.INSTANCE;
  }

  @Override
  public Optional<ObjectSchema> byKind(GroupVersionKind kind) {
    int place = resource.place(kind);
    return place < 0 ? Optional.empty() : Optional.of((ObjectSchema) resource.get(place));
  }

  @Override
  public Optional<Schema> byName(String definition) {
    int place = resource.place(definition);
    return place < 0 ? Optional.empty() : Optional.of(resource.get(place));
  }

  /** The description of a definition; also of those that are no objects. Empty when unknown. */
  public String description(String definition) {
    int place = resource.place(definition);
    return place < 0 ? "" : resource.description(place);
  }

  /** The names of all definitions in alphabetical order. */
  public List<String> definitions() {
    return resource.definitions();
  }

  /** All kinds, those of lists, options and statuses too. */
  public Set<GroupVersionKind> kinds() {
    return resource.kinds().keySet();
  }
}
