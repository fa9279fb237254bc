package dev.mokha.server.certificates;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.controller.Reconciler;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Approves kubelets' client certificates: a node's own renewal when it may create {@code
 * certificatesigningrequests/selfnodeclient}, a joining machine's first when it may create {@code
 * certificatesigningrequests/nodeclient}. Both are asked of the API, by SubjectAccessReview, so
 * that roles decide.
 */
final class Approver implements Reconciler {
  private static final GroupVersionResource REVIEWS =
      new GroupVersionResource("authorization.k8s.io", "v1", "subjectaccessreviews");
  private static final Duration AGAIN = Duration.ofMinutes(1);

  private final ApiClient client;
  private final InstantSource clock;

  Approver(ApiClient client, InstantSource clock) {
    this.client = requireNonNull(client);
    this.clock = requireNonNull(clock);
  }

  @Override
  public Optional<Duration> reconcile(Key key) {
    Optional<KubeObject> found = client.find(SigningRequests.RESOURCE, "", key.name());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode request = found.get().toTree();
    boolean open =
        SigningRequests.signer(request).equals(SignerRules.KUBELET_CLIENT)
            && !SigningRequests.has(request, "Approved")
            && !SigningRequests.has(request, "Denied")
            && !SigningRequests.isSigned(request);
    if (!open) {
      return Optional.empty();
    }
    CertificateRequest wanted = SigningRequests.parse(request);
    if (SignerRules.kubeletClient(wanted, SigningRequests.usages(request)).isPresent()) {
      return Optional.empty();
    }
    boolean self = request.path("spec").path("username").asString("").equals(wanted.commonName());
    if (self && may(request, "selfnodeclient")) {
      approve(request, "Auto approving self kubelet client certificate after SubjectAccessReview.");
      return Optional.empty();
    }
    if (may(request, "nodeclient")) {
      approve(request, "Auto approving kubelet client certificate after SubjectAccessReview.");
      return Optional.empty();
    }
    // Roles may change, and nothing would tell this loop.
    return Optional.of(AGAIN);
  }

  private void approve(ObjectNode request, String message) {
    SigningRequests.say(
        client, "approval", request, "Approved", "AutoApproved", message, clock.instant());
  }

  private boolean may(JsonNode request, String subresource) {
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    ObjectNode spec = review.putObject("spec");
    JsonNode from = request.path("spec");
    spec.put("user", from.path("username").asString(""));
    spec.put("uid", from.path("uid").asString(""));
    spec.set("groups", from.path("groups").deepCopy());
    if (from.has("extra")) {
      spec.set("extra", from.get("extra").deepCopy());
    }
    spec.putObject("resourceAttributes")
        .put("group", "certificates.k8s.io")
        .put("resource", "certificatesigningrequests")
        .put("verb", "create")
        .put("subresource", subresource);
    return client
        .create(REVIEWS, "", "", "", KubeObject.of(review))
        .toTree()
        .path("status")
        .path("allowed")
        .asBoolean(false);
  }
}
