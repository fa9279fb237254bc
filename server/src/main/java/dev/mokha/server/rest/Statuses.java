package dev.mokha.server.rest;

import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.Answer;
import tools.jackson.databind.node.ObjectNode;

/** The answer of those who did something and have no object to show. */
final class Statuses {
  private Statuses() {}

  static Answer success(int code) {
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Success").put("code", code);
    return new Answer.Tree(code, status);
  }
}
