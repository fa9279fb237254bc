package dev.mokha.server.admission.webhooks;

import dev.mokha.api.object.Json;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.RequestTree;
import dev.mokha.server.webhook.WebhookFailure;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The {@code AdmissionReview}: how a request is told to a webhook, and what its answer says. */
final class Review {
  private static final String GROUP = "admission.k8s.io";
  private static final String KIND = "AdmissionReview";

  private Review() {}

  /**
   * What a webhook says.
   *
   * @param allowed whether the request may go on
   * @param patch JSON Patch (RFC 6902); empty for none
   * @param patchType what it says the patch is
   * @param status its words for a refusal; empty object for none
   * @param warnings for the client
   * @param annotations for the audit event, under the webhook's name
   */
  record Answer(
      boolean allowed,
      byte[] patch,
      String patchType,
      ObjectNode status,
      List<String> warnings,
      Map<String, String> annotations) {}

  /**
   * The review to send.
   *
   * @param version of the review
   * @param form in which the webhook sees the request
   * @param object in that form; null for none
   * @param old in that form; null for none
   */
  static byte[] of(
      String version,
      String uid,
      AdmissionRequest request,
      Form form,
      JsonNode object,
      JsonNode old) {
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("kind", KIND).put("apiVersion", GROUP + "/" + version);
    ObjectNode r = RequestTree.of(request, form);
    review.set("request", r);
    r.put("uid", uid);
    r.set("object", object == null ? r.nullNode() : object);
    r.set("oldObject", old == null ? r.nullNode() : old);
    return Json.bytes(review);
  }

  /**
   * Reads an answer.
   *
   * @param version of the review that was sent
   * @param uid that was sent
   * @param mutating whether a patch is allowed
   * @throws WebhookFailure when it is none
   */
  static Answer read(byte[] body, String version, String uid, boolean mutating)
      throws WebhookFailure {
    JsonNode review;
    try {
      review = Json.MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new WebhookFailure("the answer is not JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode response = review.path("response");
    if (!response.isObject()) {
      throw new WebhookFailure("webhook response was absent");
    }
    byte[] patch = patch(response.path("patch"));
    String type = response.path("patchType").asString("");
    if (version.equals("v1")) {
      checkIdentity(review, response, version, uid);
      checkPatch(patch.length > 0, response, type, mutating);
    } else if (patch.length > 0 && type.isEmpty()) {
      type = "JSONPatch";
    }
    List<String> warnings = new ArrayList<>();
    response.path("warnings").forEach(w -> warnings.add(w.asString("")));
    Map<String, String> annotations = new LinkedHashMap<>();
    response
        .path("auditAnnotations")
        .properties()
        .forEach(e -> annotations.put(e.getKey(), e.getValue().asString("")));
    return new Answer(
        response.path("allowed").asBoolean(false),
        patch,
        type,
        response.get("status") instanceof ObjectNode o ? o : Json.MAPPER.createObjectNode(),
        warnings,
        annotations);
  }

  private static byte[] patch(JsonNode patch) throws WebhookFailure {
    try {
      return Base64.getDecoder().decode(patch.asString(""));
    } catch (IllegalArgumentException e) {
      throw new WebhookFailure("response.patch is not base64: " + e.getMessage(), e);
    }
  }

  private static void checkIdentity(JsonNode review, JsonNode response, String version, String uid)
      throws WebhookFailure {
    String given = response.path("uid").asString("");
    if (!given.equals(uid)) {
      throw new WebhookFailure("expected response.uid=\"%s\", got \"%s\"".formatted(uid, given));
    }
    String kind = review.path("kind").asString("");
    String apiVersion = review.path("apiVersion").asString("");
    if (!kind.equals(KIND) || !apiVersion.equals(GROUP + "/" + version)) {
      throw new WebhookFailure(
          "expected webhook response of %s/%s, Kind=%s, got %s, Kind=%s"
              .formatted(GROUP, version, KIND, apiVersion.isEmpty() ? "/" : apiVersion, kind));
    }
  }

  private static void checkPatch(boolean patch, JsonNode response, String type, boolean mutating)
      throws WebhookFailure {
    boolean typed = response.hasNonNull("patchType");
    if (!mutating && patch) {
      throw new WebhookFailure("validating webhook may not return response.patch");
    }
    if (!mutating && typed) {
      throw new WebhookFailure("validating webhook may not return response.patchType");
    }
    if (patch && !typed) {
      throw new WebhookFailure("webhook returned response.patch but not response.patchType");
    }
    if (!patch && typed) {
      throw new WebhookFailure("webhook returned response.patchType but not response.patch");
    }
    if (typed && type.isEmpty()) {
      throw new WebhookFailure(
          "webhook returned invalid response.patchType of \"%s\"".formatted(type));
    }
  }
}
