package dev.mokha.server.certificates;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** CertificateSigningRequests as the approver and the signers read and change them. */
final class SigningRequests {
  static final GroupVersionResource RESOURCE =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");

  private SigningRequests() {}

  static boolean has(JsonNode request, String condition) {
    for (JsonNode c : request.path("status").path("conditions")) {
      if (c.path("type").asString("").equals(condition)) {
        return true;
      }
    }
    return false;
  }

  static boolean isSigned(JsonNode request) {
    return !request.path("status").path("certificate").asString("").isEmpty();
  }

  static String signer(JsonNode request) {
    return request.path("spec").path("signerName").asString("");
  }

  static List<String> usages(JsonNode request) {
    List<String> usages = new ArrayList<>();
    request.path("spec").path("usages").forEach(u -> usages.add(u.asString("")));
    return usages;
  }

  static CertificateRequest parse(JsonNode request) {
    return CertificateRequest.parse(request.path("spec").path("request").asString(""));
  }

  /** Adds a condition and writes it through that subresource. */
  static void say(
      ApiClient client,
      String subresource,
      ObjectNode request,
      String type,
      String reason,
      String message,
      Instant now) {
    String at = now.truncatedTo(ChronoUnit.SECONDS).toString();
    request
        .withObject("/status")
        .withArray("/conditions")
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("reason", reason)
        .put("message", message)
        .put("lastUpdateTime", at)
        .put("lastTransitionTime", at);
    client.update(RESOURCE, "", subresource, KubeObject.of(request));
  }
}
