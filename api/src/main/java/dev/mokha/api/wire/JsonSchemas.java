package dev.mokha.api.wire;

import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.ObjectSchema;

/** The schema of JSON schemas, which stand in custom resource definitions. */
final class JsonSchemas {
  static final ObjectSchema SCHEMA =
      (ObjectSchema)
          BuiltinSchemas.get()
              .byName("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
              .orElseThrow();

  private JsonSchemas() {}
}
