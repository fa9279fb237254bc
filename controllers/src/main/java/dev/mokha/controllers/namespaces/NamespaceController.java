package dev.mokha.controllers.namespaces;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.Typed;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.Stamp;
import dev.mokha.controllers.served.ObjectFeeds;
import dev.mokha.controllers.served.ServedTypes;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.NamespaceConditionBuilder;
import io.fabric8.kubernetes.api.model.NamespaceStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Empties a namespace that is being deleted, says in its conditions what still holds it, and lets
 * it go when nothing is left.
 */
public final class NamespaceController {
  private static final String FINALIZER = "kubernetes";
  private static final GroupVersionResource API_SERVICES =
      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices");

  /** Events tell when something has gone; this is for what no event tells of. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final ApiClient client;
  private final ResourceClient<Namespace> write;
  private final Informer<Namespace> namespaces;
  private final ServedTypes types;

  private NamespaceController(ApiClient client, Informers informers, ServedTypes types) {
    this.client = requireNonNull(client, "client");
    this.write = ResourceClient.of(client, Kinds.NAMESPACE);
    this.namespaces = informers.get(Kinds.NAMESPACE);
    this.types = requireNonNull(types, "types");
  }

  /** Starts the loop; it hears of objects once the feeds are started. */
  public static Controller start(ApiClient client, Informers informers, ObjectFeeds feeds) {
    NamespaceController c = new NamespaceController(client, informers, feeds.types());
    Controller loop = Controller.create("namespace", 5, c::reconcile).watch(c.namespaces);
    feeds.add(c.new ContentListener(loop));
    return loop.start();
  }

  /** Looks at an ending namespace again when something in it has gone, or come late. */
  private final class ContentListener implements ObjectFeeds.Listener {
    private final Controller loop;

    ContentListener(Controller loop) {
      this.loop = loop;
    }

    @Override
    public void replaceAll(ResourceType type, List<KubeObject> all) {
      for (Namespace namespace : namespaces.list("")) {
        if (namespace.getMetadata().getDeletionTimestamp() != null) {
          loop.queue().add(new Key("", namespace.getMetadata().getName()));
        }
      }
    }

    @Override
    public void put(ResourceType type, KubeObject object) {
      look(object);
    }

    @Override
    public void remove(ResourceType type, KubeObject object) {
      look(object);
    }

    private void look(KubeObject object) {
      if (!object.namespace().isEmpty()
          && namespaces
              .find("", object.namespace())
              .filter(n -> n.getMetadata().getDeletionTimestamp() != null)
              .isPresent()) {
        loop.queue().add(new Key("", object.namespace()));
      }
    }
  }

  private Optional<Duration> reconcile(Key key) {
    Namespace namespace = namespaces.find("", key.name()).orElse(null);
    if (namespace == null || namespace.getMetadata().getDeletionTimestamp() == null) {
      return Optional.empty();
    }
    List<String> finalizers = namespace.getSpec().getFinalizers();
    if (finalizers == null || !finalizers.contains(FINALIZER)) {
      return Optional.empty();
    }
    Remaining remaining = empty(key.name());
    updateConditions(namespace, remaining);
    if (remaining.holds()) {
      // Terminating pods take their grace; finalizers take as long as their owners do.
      return Optional.of(LOOK_AGAIN);
    }
    List<String> rest = new ArrayList<>(finalizers);
    rest.remove(FINALIZER);
    Namespace done =
        new NamespaceBuilder(namespace).editSpec().withFinalizers(rest).endSpec().build();
    client.update(Kinds.NAMESPACE.resource(), "", "finalize", Typed.encode(done, Kinds.NAMESPACE));
    return Optional.empty();
  }

  private static final class Remaining {
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, Integer> finalizers = new TreeMap<>();
    private final List<String> undiscovered = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    boolean holds() {
      return !counts.isEmpty() || !undiscovered.isEmpty() || !failures.isEmpty();
    }
  }

  /** Pods go first, and all of them: what they use should outlive them (KEP-5080). */
  private Remaining empty(String namespace) {
    Remaining remaining = new Remaining();
    List<ResourceType> all = types.all().stream().filter(ResourceType::namespaced).toList();
    all.stream().filter(NamespaceController::isPods).forEach(t -> empty(t, namespace, remaining));
    findUnavailable(remaining);
    if (remaining.counts.isEmpty() && remaining.failures.isEmpty()) {
      all.stream().filter(t -> !isPods(t)).forEach(t -> empty(t, namespace, remaining));
    }
    return remaining;
  }

  private static boolean isPods(ResourceType type) {
    return type.gvr().equals(Kinds.POD.resource());
  }

  private void empty(ResourceType type, String namespace, Remaining remaining) {
    try {
      List<KubeObject> before = client.list(type.gvr(), namespace, ListOptions.ALL).items();
      if (before.isEmpty()) {
        return;
      }
      if (before.stream().anyMatch(o -> !o.isDeleting())) {
        client.deleteCollection(
            type.gvr(), namespace, ListOptions.ALL, new DeleteOptions(null, "Background", "", ""));
      }
      count(type, client.list(type.gvr(), namespace, ListOptions.ALL).items(), remaining);
    } catch (StatusException e) {
      // A custom resource may have gone with its definition, and all its objects.
      if (!e.isNotFound()) {
        remaining.failures.add(e.getMessage());
      }
    }
  }

  /** Groups served by others, who don't answer: nobody knows what they keep in this namespace. */
  private void findUnavailable(Remaining remaining) {
    for (KubeObject service : client.list(API_SERVICES, "", ListOptions.ALL).items()) {
      JsonNode tree = service.toTree();
      if (!tree.path("spec").path("service").isObject()) {
        continue;
      }
      for (JsonNode condition : tree.path("status").path("conditions")) {
        if (condition.path("type").asString("").equals("Available")
            && condition.path("status").asString("").equals("False")) {
          remaining.undiscovered.add(
              "%s/%s: %s"
                  .formatted(
                      tree.path("spec").path("group").asString(""),
                      tree.path("spec").path("version").asString(""),
                      condition.path("message").asString("stale GroupVersion discovery")));
        }
      }
    }
  }

  private static void count(ResourceType type, List<KubeObject> objects, Remaining remaining) {
    if (objects.isEmpty()) {
      return;
    }
    String name =
        type.gvr().group().isEmpty()
            ? type.gvr().resource() + "."
            : type.gvr().resource() + "." + type.gvr().group();
    remaining.counts.merge(name, objects.size(), Integer::sum);
    for (KubeObject object : objects) {
      object
          .toTree()
          .path("metadata")
          .path("finalizers")
          .forEach(f -> remaining.finalizers.merge(f.asString(), 1, Integer::sum));
    }
  }

  private void updateConditions(Namespace namespace, Remaining remaining) {
    NamespaceStatus status = namespace.getStatus();
    List<NamespaceCondition> before =
        status == null || status.getConditions() == null ? List.of() : status.getConditions();
    List<NamespaceCondition> after = new ArrayList<>();
    boolean hidden = !remaining.undiscovered.isEmpty();
    add(
        after,
        before,
        "NamespaceDeletionDiscoveryFailure",
        hidden,
        hidden ? "DiscoveryFailed" : "ResourcesDiscovered",
        hidden
            ? "Discovery failed for some groups, %d failing: unable to retrieve the complete list of server APIs: %s"
                .formatted(remaining.undiscovered.size(), String.join(", ", remaining.undiscovered))
            : "All resources successfully discovered");
    add(
        after,
        before,
        "NamespaceDeletionGroupVersionParsingFailure",
        false,
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed");
    boolean failed = !remaining.failures.isEmpty();
    add(
        after,
        before,
        "NamespaceDeletionContentFailure",
        failed,
        failed ? "ContentDeletionFailed" : "ContentDeleted",
        failed
            ? "Failed to delete all resource types, %d remaining: %s"
                .formatted(remaining.failures.size(), String.join(", ", remaining.failures))
            : "All content successfully deleted, may be waiting on finalization");
    boolean some = !remaining.counts.isEmpty();
    add(
        after,
        before,
        "NamespaceContentRemaining",
        some,
        some ? "SomeResourcesRemain" : "ContentRemoved",
        some
            ? "Some resources are remaining: "
                + remaining.counts.entrySet().stream()
                    .map(e -> e.getKey() + " has " + e.getValue() + " resource instances")
                    .collect(Collectors.joining(", "))
            : "All content successfully removed");
    boolean held = !remaining.finalizers.isEmpty();
    add(
        after,
        before,
        "NamespaceFinalizersRemaining",
        held,
        held ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
        held
            ? "Some content in the namespace has finalizers remaining: "
                + remaining.finalizers.entrySet().stream()
                    .map(e -> e.getKey() + " in " + e.getValue() + " resource instances")
                    .collect(Collectors.joining(", "))
            : "All content-preserving finalizers finished");
    if (!after.equals(before)) {
      write.updateStatus(
          new NamespaceBuilder(namespace)
              .withMetadata(
                  new io.fabric8.kubernetes.api.model.ObjectMetaBuilder(namespace.getMetadata())
                      .withResourceVersion(null)
                      .build())
              .editOrNewStatus()
              .withConditions(after)
              .endStatus()
              .build());
    }
  }

  private static void add(
      List<NamespaceCondition> to,
      List<NamespaceCondition> before,
      String type,
      boolean holds,
      String reason,
      String message) {
    String status = holds ? "True" : "False";
    Optional<NamespaceCondition> old =
        before.stream().filter(c -> c.getType().equals(type)).findFirst();
    String since =
        old.filter(c -> c.getStatus().equals(status))
            .map(NamespaceCondition::getLastTransitionTime)
            .orElseGet(Stamp::now);
    to.add(
        new NamespaceConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(Objects.requireNonNull(since))
            .build());
  }
}
