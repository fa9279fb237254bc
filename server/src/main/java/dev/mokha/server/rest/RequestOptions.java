package dev.mokha.server.rest;

import dev.mokha.api.object.Json;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.ApiCall;
import tools.jackson.databind.node.ObjectNode;

/** The options of a write as admission sees them: an object of {@code meta.k8s.io/v1}. */
final class RequestOptions {
  private RequestOptions() {}

  /**
   * Makes them.
   *
   * @param deleteOptions null for what is no DELETE
   */
  static ObjectNode of(ApiCall call, Operation operation, ObjectNode deleteOptions) {
    ObjectNode options = Json.MAPPER.createObjectNode();
    switch (operation) {
      case CREATE -> options.put("kind", "CreateOptions");
      // A patch shows itself as the update that it comes to.
      case UPDATE -> options.put("kind", "UpdateOptions");
      case DELETE -> options.put("kind", "DeleteOptions");
      case CONNECT -> {
        return options;
      }
    }
    options.put("apiVersion", "meta.k8s.io/v1");
    if (operation == Operation.DELETE) {
      if (deleteOptions != null) {
        deleteOptions
            .properties()
            .forEach(
                e -> {
                  if (!options.has(e.getKey())) {
                    options.set(e.getKey(), e.getValue());
                  }
                });
      }
      if (call.dryRun()) {
        options.putArray("dryRun").add("All");
      }
      return options;
    }
    if (call.dryRun()) {
      options.putArray("dryRun").add("All");
    }
    for (String name : new String[] {"fieldManager", "fieldValidation"}) {
      String value = call.query().get(name);
      if (!value.isEmpty()) {
        options.put(name, value);
      }
    }
    return options;
  }
}
