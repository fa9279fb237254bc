package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
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
  private static final GroupVersionResource ACCESS =
      new GroupVersionResource("authorization.k8s.io", "v1", "subjectaccessreviews");
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final Duration YES = Duration.ofSeconds(10);
  private static final Duration NO = Duration.ofSeconds(2);

  private final ApiClient client;
  private final ShortMemory<String, Optional<Identity>> users;
  private final ShortMemory<Wish, Boolean> allowed;
  private final ShortMemory<String, Boolean> namespaces;

  private record Wish(Identity who, String verb, String namespace, String repository) {}

  ClusterReviews(ApiClient client, InstantSource clock) {
    this.client = requireNonNull(client);
    this.users = new ShortMemory<>(clock);
    this.allowed = new ShortMemory<>(clock);
    this.namespaces = new ShortMemory<>(clock);
  }

  /** Whose token it is. */
  Optional<Identity> authenticate(String token) {
    String key = ScopedToken.fingerprint(token);
    Optional<Optional<Identity>> known = users.get(key);
    if (known.isPresent()) {
      return known.get();
    }
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    review.putObject("metadata");
    review.putObject("spec").put("token", token);
    JsonNode status =
        asked(() -> client.create(TOKENS, "", "", "", KubeObject.of(review))).path("status");
    Optional<Identity> found =
        status.path("authenticated").asBoolean(false)
            ? Optional.of(identity(status.path("user")))
            : Optional.empty();
    users.put(key, found, found.isPresent() ? YES : NO);
    return found;
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
    Wish wish = new Wish(who, verb, namespace, repository);
    Optional<Boolean> known = allowed.get(wish);
    if (known.isPresent()) {
      return known.get();
    }
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    review.putObject("metadata");
    ObjectNode spec = review.putObject("spec").put("user", who.user()).put("uid", who.uid());
    who.groups().forEach(spec.putArray("groups")::add);
    if (!who.extra().isEmpty()) {
      spec.set("extra", Json.MAPPER.valueToTree(who.extra()));
    }
    spec.putObject("resourceAttributes")
        .put("verb", verb)
        .put("group", GROUP)
        .put("version", "v1")
        .put("resource", "repositories")
        .put("namespace", namespace)
        .put("name", repository);
    boolean yes =
        asked(() -> client.create(ACCESS, "", "", "", KubeObject.of(review)))
            .path("status")
            .path("allowed")
            .asBoolean(false);
    allowed.put(wish, yes, yes ? YES : NO);
    return yes;
  }

  /** Whether the cluster has a namespace of this name. */
  boolean isNamespace(String name) {
    Optional<Boolean> known = namespaces.get(name);
    if (known.isPresent()) {
      return known.get();
    }
    boolean found;
    try {
      found = client.find(NAMESPACES, "", name).isPresent();
    } catch (StatusException e) {
      throw unreachable(e);
    }
    namespaces.put(name, found, found ? YES : NO);
    return found;
  }

  private static JsonNode asked(Supplier<KubeObject> question) {
    try {
      return question.get().toTree();
    } catch (StatusException e) {
      throw unreachable(e);
    }
  }

  private static RegistryException unreachable(StatusException e) {
    return new RegistryException(
        ErrorCode.UNAVAILABLE,
        ErrorCode.UNAVAILABLE.status(),
        "the cluster can't be asked who may do this: " + e.getMessage(),
        List.of(),
        e);
  }
}
