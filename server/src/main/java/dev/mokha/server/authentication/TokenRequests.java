package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.authentication.ServiceAccountClaims.Reference;
import dev.mokha.server.rest.VirtualResource;
import dev.mokha.server.storage.ObjectReader;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code serviceaccounts/token}: a token for an account, maybe bound to a pod, secret or node. */
public final class TokenRequests implements VirtualResource {
  private static final String GROUP = "authentication.k8s.io";
  private static final long MIN_SECONDS = 600;
  private static final long MAX_SECONDS = 1L << 32;
  private static final String NODE_USER = "system:node:";

  private final ServiceAccountIssuer issuer;
  private final ObjectReader objects;
  private final Clock clock;

  /** Issues tokens for the stored accounts. */
  public TokenRequests(ServiceAccountIssuer issuer, ObjectReader objects, Clock clock) {
    this.issuer = requireNonNull(issuer);
    this.objects = requireNonNull(objects);
    this.clock = requireNonNull(clock);
  }

  @Override
  public ObjectNode create(Call call, ObjectNode body) {
    KubeObject account = find("serviceaccounts", call.namespace(), call.name());
    ObjectNode spec = body.withObject("/spec");
    long seconds = spec.path("expirationSeconds").asLong(3600);
    check(seconds);
    List<String> audiences = UserTree.strings(spec.path("audiences"));
    if (audiences.isEmpty()) {
      audiences = List.of(issuer.issuer());
    }
    Bound bound = bound(call, account, spec.path("boundObjectRef"));
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant expires = now.plusSeconds(seconds);
    ServiceAccountClaims claims =
        new ServiceAccountClaims(
            call.namespace(),
            reference(account),
            bound.pod(),
            bound.secret(),
            bound.node(),
            audiences,
            UUID.randomUUID().toString(),
            expires);
    spec.put("expirationSeconds", seconds);
    audiences.forEach(spec.putArray("audiences")::add);
    ObjectNode metadata = body.putObject("metadata");
    metadata.put("name", call.name()).put("namespace", call.namespace());
    metadata.put("creationTimestamp", now.toString());
    body.put("apiVersion", GROUP + "/v1").put("kind", "TokenRequest");
    body.putObject("status")
        .put("token", issuer.sign(claims, now))
        .put("expirationTimestamp", expires.toString());
    return body;
  }

  private static void check(long seconds) {
    String message = "";
    if (seconds < MIN_SECONDS) {
      message = "may not specify a duration less than 10 minutes";
    } else if (seconds > MAX_SECONDS) {
      message = "may not specify a duration larger than 2^32 seconds";
    }
    if (!message.isEmpty()) {
      StatusCause cause =
          new StatusCause(
              "FieldValueInvalid",
              "Invalid value: " + seconds + ": " + message,
              "spec.expirationSeconds");
      throw StatusException.invalid(GROUP, "TokenRequest", "", List.of(cause));
    }
  }

  private record Bound(
      Optional<Reference> pod, Optional<Reference> secret, Optional<Reference> node) {}

  private Bound bound(Call call, KubeObject account, JsonNode ref) {
    String kind = ref.path("kind").asString("");
    String name = ref.path("name").asString("");
    boolean node = call.user().name().startsWith(NODE_USER) && call.user().in("system:nodes");
    if (node && !kind.equals("Pod")) {
      throw refuse(call, "node requested token not bound to a pod");
    }
    if (ref.isMissingNode() || ref.isNull()) {
      return new Bound(Optional.empty(), Optional.empty(), Optional.empty());
    }
    return switch (kind) {
      case "Pod" -> {
        KubeObject pod = matching("pods", call.namespace(), name, ref);
        JsonNode spec = pod.toTree().path("spec");
        if (!account.name().equals(spec.path("serviceAccountName").asString(""))) {
          throw StatusException.badRequest(
              "cannot bind token for serviceaccount \"%s\" to pod running with different serviceaccount name."
                  .formatted(account.name()));
        }
        String nodeName = spec.path("nodeName").asString("");
        if (node && !call.user().name().equals(NODE_USER + nodeName)) {
          throw refuse(call, "node requested token bound to a pod scheduled on a different node");
        }
        Optional<Reference> where =
            nodeName.isEmpty()
                ? Optional.empty()
                : objects.find("", "nodes", "", nodeName).map(TokenRequests::reference);
        yield new Bound(Optional.of(reference(pod)), Optional.empty(), where);
      }
      case "Secret" ->
          new Bound(
              Optional.empty(),
              Optional.of(reference(matching("secrets", call.namespace(), name, ref))),
              Optional.empty());
      case "Node" ->
          new Bound(
              Optional.empty(),
              Optional.empty(),
              Optional.of(reference(matching("nodes", "", name, ref))));
      default ->
          throw StatusException.badRequest(
              "cannot bind token to an object of kind \"%s\"".formatted(kind));
    };
  }

  private static StatusException refuse(Call call, String because) {
    return StatusException.forbidden("", "serviceaccounts", call.name(), because);
  }

  private KubeObject matching(String resource, String namespace, String name, JsonNode ref) {
    KubeObject found = find(resource, namespace, name);
    String uid = ref.path("uid").asString("");
    if (!uid.isEmpty() && !uid.equals(found.uid())) {
      throw StatusException.conflict(
          "",
          resource,
          name,
          "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
              .formatted(uid));
    }
    return found;
  }

  private KubeObject find(String resource, String namespace, String name) {
    return objects
        .find("", resource, namespace, name)
        .orElseThrow(() -> StatusException.notFound("", resource, name));
  }

  private static Reference reference(KubeObject object) {
    return new Reference(object.name(), object.uid());
  }
}
