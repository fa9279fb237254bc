package dev.mokha.node.volume;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/** Tokens for pods' service accounts, bound to the pod and renewed in time (KEP-1205). */
public final class ServiceAccountTokens {
  private static final long DEFAULT_SECONDS = 3600;
  private static final Duration LONGEST_USE = Duration.ofHours(24);

  private final ApiClient client;
  private final Clock clock;

  /** Tokens asked of the API. */
  public ServiceAccountTokens(ApiClient client, Clock clock) {
    this.client = requireNonNull(client, "client");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * A token.
   *
   * @param text the JWT
   * @param renewAt when four fifths of its life are over, or it is a day old
   */
  public record Token(String text, Instant renewAt) {
    @Override
    public String toString() {
      return "Token[renewAt=" + renewAt + "]";
    }
  }

  /** Asks for a token. */
  public Token request(Pod pod, ServiceAccountTokenProjection projection) {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    ObjectNode spec = body.putObject("spec");
    Long seconds = projection.getExpirationSeconds();
    spec.put("expirationSeconds", seconds == null ? DEFAULT_SECONDS : seconds);
    String audience = projection.getAudience();
    if (audience != null && !audience.isEmpty()) {
      spec.putArray("audiences").add(audience);
    } else {
      spec.putArray("audiences");
    }
    spec.putObject("boundObjectRef")
        .put("apiVersion", "v1")
        .put("kind", "Pod")
        .put("name", pod.getMetadata().getName())
        .put("uid", pod.getMetadata().getUid());
    String account = pod.getSpec().getServiceAccountName();
    Instant asked = clock.instant();
    KubeObject answer =
        client.create(
            Kinds.SERVICE_ACCOUNT.resource(),
            pod.getMetadata().getNamespace(),
            account == null || account.isEmpty() ? "default" : account,
            "token",
            KubeObject.of(body));
    var status = answer.toTree().path("status");
    Instant expires = Instant.parse(status.path("expirationTimestamp").asString());
    Duration use = Duration.between(asked, expires).multipliedBy(4).dividedBy(5);
    return new Token(
        status.path("token").asString(),
        asked.plus(use.compareTo(LONGEST_USE) > 0 ? LONGEST_USE : use));
  }
}
