package dev.mokha.server.rest;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.pipeline.Query;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How to delete, from the body or else from the query.
 *
 * @param tree as admission sees it
 * @param gracePeriod null for the object's own
 * @param propagation empty for the kind's default
 * @param uid the uid it must have; empty for any
 * @param resourceVersion the revision it must have; empty for any
 */
record DeleteOptions(
    ObjectNode tree, Long gracePeriod, String propagation, String uid, String resourceVersion) {
  private static final Set<String> POLICIES = Set.of("Background", "Foreground", "Orphan");

  static DeleteOptions of(ApiCall call) {
    ObjectNode tree = call.body() instanceof ObjectBody b ? b.tree() : fromQuery(call.query());
    JsonNode grace = tree.path("gracePeriodSeconds");
    String propagation = tree.path("propagationPolicy").asString("");
    JsonNode orphan = tree.path("orphanDependents");
    if (!orphan.isMissingNode() && !orphan.isNull()) {
      if (!propagation.isEmpty()) {
        throw invalid(
            "propagationPolicy", "orphanDependents and deletionPropagation cannot be both set");
      }
      propagation = orphan.asBoolean() ? "Orphan" : "Background";
    }
    if (!propagation.isEmpty() && !POLICIES.contains(propagation)) {
      throw invalid(
          "propagationPolicy",
          "Unsupported value: \"%s\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
              .formatted(propagation));
    }
    JsonNode preconditions = tree.path("preconditions");
    return new DeleteOptions(
        tree,
        grace.isNumber() ? (Long) grace.asLong() : null,
        propagation,
        preconditions.path("uid").asString(""),
        preconditions.path("resourceVersion").asString(""));
  }

  private static ObjectNode fromQuery(Query query) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    String grace = query.get("gracePeriodSeconds");
    if (!grace.isEmpty()) {
      try {
        tree.put("gracePeriodSeconds", Long.parseLong(grace));
      } catch (NumberFormatException e) {
        throw StatusException.badRequest("gracePeriodSeconds must be a whole number: " + grace);
      }
    }
    String propagation = query.get("propagationPolicy");
    if (!propagation.isEmpty()) {
      tree.put("propagationPolicy", propagation);
    }
    String orphan = query.get("orphanDependents");
    if (!orphan.isEmpty()) {
      tree.put("orphanDependents", orphan.equals("true"));
    }
    return tree;
  }

  private static StatusException invalid(String field, String message) {
    return StatusException.invalid(
        "meta.k8s.io",
        "DeleteOptions",
        "",
        List.of(new StatusCause("FieldValueInvalid", message, field)));
  }
}
