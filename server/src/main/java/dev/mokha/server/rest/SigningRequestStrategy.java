package dev.mokha.server.rest;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.server.authentication.UserTree;
import dev.mokha.server.certificates.CertificateRequest;
import dev.mokha.server.pipeline.ApiCall;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests for certificates: who asks is what the server knows, not what the request says. */
final class SigningRequestStrategy implements Strategy {
  @Override
  public void prepareCreate(ApiCall call, ObjectNode request) {
    ObjectNode spec = child(request, "spec");
    spec.remove(List.of("username", "uid", "groups", "extra"));
    UserTree.of(call.user())
        .properties()
        .forEach(field -> spec.set(field.getKey(), field.getValue()));
    String encoded = spec.path("request").asString("");
    try {
      CertificateRequest.parse(encoded);
    } catch (IllegalArgumentException e) {
      throw StatusException.invalid(
          "certificates.k8s.io",
          "CertificateSigningRequest",
          Metadata.text(request, "name"),
          List.of(
              new StatusCause(
                  "FieldValueInvalid",
                  "Invalid value: %s: %s"
                      .formatted(encoded.isEmpty() ? "null" : spec.get("request"), e.getMessage()),
                  "spec.request")));
    }
  }

  /** What was asked for stays as it is; only labels and annotations may change. */
  @Override
  public void prepareUpdate(ApiCall call, ObjectNode updated, ObjectNode old) {
    updated.set("spec", old.path("spec"));
  }

  /** A condition's times are filled in where the writer left them out. */
  @Override
  public void preparePart(ApiCall call, ObjectNode updated, ObjectNode old, InstantSource clock) {
    Map<String, JsonNode> before = new HashMap<>();
    old.path("status").path("conditions").forEach(c -> before.put(c.path("type").asString(""), c));
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    for (JsonNode c : updated.path("status").path("conditions")) {
      if (!(c instanceof ObjectNode condition)) {
        continue;
      }
      if (isUnset(condition.get("lastUpdateTime"))) {
        condition.put("lastUpdateTime", now);
      }
      if (isUnset(condition.get("lastTransitionTime"))) {
        JsonNode same = before.get(condition.path("type").asString(""));
        boolean kept =
            same != null
                && same.path("status").equals(condition.path("status"))
                && !isUnset(same.get("lastTransitionTime"));
        condition.put(
            "lastTransitionTime", kept ? same.path("lastTransitionTime").asString("") : now);
      }
    }
  }

  private static boolean isUnset(JsonNode time) {
    return time == null || time.isNull() || time.asString("").isEmpty();
  }

  private static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode o ? o : parent.putObject(field);
  }
}
