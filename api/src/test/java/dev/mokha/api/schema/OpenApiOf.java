package dev.mokha.api.schema;

import dev.mokha.api.openapi.OpenApiDefinitions;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI v2 form of a definition, without prose. */
final class OpenApiOf {
  private OpenApiOf() {}

  static ObjectNode definition(BuiltinSchemas schemas, String name) {
    return OpenApiDefinitions.swagger(schemas, false).definition(name);
  }
}
