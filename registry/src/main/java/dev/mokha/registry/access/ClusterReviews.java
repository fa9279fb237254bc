package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.access.AccessReviews;
import dev.mokha.client.access.BriefCache;
import dev.mokha.client.access.Deed;
import dev.mokha.client.access.Subject;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the cluster who somebody is and what he may do, and remembers the answer for some seconds: a
 * push is dozens of requests.
 */
final class ClusterReviews {
  /** The group of what RBAC rules for this registry are about. */
  static final String GROUP = "registry.mokha.dev";

  private static final GroupVersionResource TOKENS =
      new GroupVersionResource("authentication.k8s.io", "v1", "tokenreviews");
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final Duration YES = Duration.ofSeconds(10);
  private static final Duration NO = Duration.ofSeconds(2);

  private final ApiClient client;
  private final AccessReviews reviews;
  private final BriefCache<Optional<Identity>> users;
  private final BriefCache<Boolean> namespaces;

  ClusterReviews(ApiClient client, InstantSource clock) {
    this.client = requireNonNull(client);
    this.reviews = new AccessReviews(client, YES, NO, clock);
    this.users = new BriefCache<>(clock);
    this.namespaces = new BriefCache<>(clock);
  }

  /** Whose token it is. */
  Optional<Identity> authenticate(String token) {
    return asked(
        () ->
            users.get(
                ScopedToken.fingerprint(token),
                found -> found.isPresent() ? YES : NO,
                () -> review(token)));
  }

  private Optional<Identity> review(String token) {
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    review.putObject("metadata");
    review.putObject("spec").put("token", token);
    JsonNode status =
        client.create(TOKENS, "", "", "", KubeObject.of(review)).toTree().path("status");
    return status.path("authenticated").asBoolean(false)
        ? Optional.of(identity(status.path("user")))
        : Optional.empty();
  }

  private static Identity identity(JsonNode user) {
    Map<String, List<String>> extra = new HashMap<>();
    user.path("extra").properties().forEach(e -> extra.put(e.getKey(), strings(e.getValue())));
    return new Identity(
        user.path("username").asString(""),
        user.path("uid").asString(""),
        strings(user.path("groups")),
        extra);
  }

  private static List<String> strings(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(item -> all.add(item.asString("")));
    return all;
  }

  /** Whether RBAC allows a verb on a repository. */
  boolean allows(Identity who, String verb, String namespace, String repository) {
    Subject subject = new Subject(who.user(), who.uid(), who.groups(), who.extra());
    Deed deed = new Deed(verb, GROUP, "v1", "repositories", "", namespace, repository);
    return asked(() -> reviews.ask(subject, deed)).allowed();
  }

  /** Whether the cluster has a namespace of this name. */
  boolean isNamespace(String name) {
    return asked(
        () ->
            namespaces.get(
                name,
                found -> found ? YES : NO,
                () -> client.find(NAMESPACES, "", name).isPresent()));
  }

  private static <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (StatusException e) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          ErrorCode.UNAVAILABLE.status(),
          "the cluster can't be asked who may do this: " + e.getMessage(),
          List.of(),
          e);
    }
  }
}
