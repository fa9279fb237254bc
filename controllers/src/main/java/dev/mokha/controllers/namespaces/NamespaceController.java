package dev.mokha.controllers.namespaces;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
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
import dev.mokha.controllers.ServedTypes;
import dev.mokha.controllers.Stamp;
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

/**
 * Empties a namespace that is being deleted, says in its conditions what still holds it, and lets
 * it go when nothing is left.
 */
public final class NamespaceController {
  private static final String FINALIZER = "kubernetes";

  private final ApiClient client;
  private final ResourceClient<Namespace> write;
  private final Informer<Namespace> namespaces;
  private final List<ResourceType> types;

  private NamespaceController(ApiClient client, Informers informers) {
    this.client = requireNonNull(client, "client");
    this.write = ResourceClient.of(client, Kinds.NAMESPACE);
    this.namespaces = informers.get(Kinds.NAMESPACE);
    // Pods go first: what they use should outlive them.
    this.types =
        ServedTypes.deletable().stream()
            .filter(ResourceType::namespaced)
            .sorted((a, b) -> Boolean.compare(isPods(b), isPods(a)))
            .toList();
  }

  private static boolean isPods(ResourceType type) {
    return type.gvr().equals(Kinds.POD.resource());
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    NamespaceController c = new NamespaceController(client, informers);
    return Controller.create("namespace", 5, c::reconcile).watch(c.namespaces).start();
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
    if (remaining.failure != null || !remaining.counts.isEmpty()) {
      // Terminating pods take their grace; finalizers take as long as their owners do.
      return Optional.of(Duration.ofMillis(500));
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
    private String failure;
  }

  private Remaining empty(String namespace) {
    Remaining remaining = new Remaining();
    for (ResourceType type : types) {
      try {
        List<KubeObject> before = client.list(type.gvr(), namespace, ListOptions.ALL).items();
        if (before.isEmpty()) {
          continue;
        }
        if (before.stream().anyMatch(o -> !o.isDeleting())) {
          client.deleteCollection(
              type.gvr(),
              namespace,
              ListOptions.ALL,
              new DeleteOptions(null, "Background", "", ""));
        }
        count(type, client.list(type.gvr(), namespace, ListOptions.ALL).items(), remaining);
      } catch (StatusException e) {
        remaining.failure = e.getMessage();
      }
    }
    return remaining;
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
    add(
        after,
        before,
        "NamespaceDeletionDiscoveryFailure",
        false,
        "ResourcesDiscovered",
        "All resources successfully discovered");
    add(
        after,
        before,
        "NamespaceDeletionGroupVersionParsingFailure",
        false,
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed");
    boolean failed = remaining.failure != null;
    add(
        after,
        before,
        "NamespaceDeletionContentFailure",
        failed,
        failed ? "ContentDeletionFailed" : "ContentDeleted",
        failed
            ? "Failed to delete all resource types, 1 remaining: " + remaining.failure
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
