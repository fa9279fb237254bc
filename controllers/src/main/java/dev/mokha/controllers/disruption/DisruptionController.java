package dev.mokha.controllers.disruption;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.match.Selectors;
import dev.mokha.controllers.Owners;
import dev.mokha.controllers.Pods;
import dev.mokha.controllers.Stamp;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Writes each PodDisruptionBudget's status, which the eviction subresource obeys. */
public final class DisruptionController {
  /** An eviction that was allowed but not carried out counts this long. */
  private static final Duration DISRUPTED_FOR = Duration.ofMinutes(2);

  private final ResourceClient<PodDisruptionBudget> write;
  private final Informer<PodDisruptionBudget> budgets;
  private final Informer<Pod> pods;
  private final Informer<ReplicaSet> sets;
  private final Informer<Deployment> deployments;
  private final Informer<ReplicationController> controllers;
  private final Informer<StatefulSet> statefulSets;

  private DisruptionController(ApiClient client, Informers informers) {
    this.write = ResourceClient.of(requireNonNull(client, "client"), Kinds.POD_DISRUPTION_BUDGET);
    this.budgets = informers.get(Kinds.POD_DISRUPTION_BUDGET);
    this.pods = informers.get(Kinds.POD);
    this.sets = informers.get(Kinds.REPLICA_SET);
    this.deployments = informers.get(Kinds.DEPLOYMENT);
    this.controllers = informers.get(Kinds.REPLICATION_CONTROLLER);
    this.statefulSets = informers.get(Kinds.STATEFUL_SET);
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    DisruptionController c = new DisruptionController(client, informers);
    return Controller.create("disruption", 2, c::reconcile)
        .watch(c.budgets)
        .watch(c.pods, c::budgetsOf)
        .watch(c.sets, s -> c.budgetsIn(s.getMetadata().getNamespace()))
        .watch(c.deployments, d -> c.budgetsIn(d.getMetadata().getNamespace()))
        .watch(c.controllers, r -> c.budgetsIn(r.getMetadata().getNamespace()))
        .watch(c.statefulSets, s -> c.budgetsIn(s.getMetadata().getNamespace()))
        .start();
  }

  private List<Key> budgetsOf(Pod pod) {
    List<Key> keys = new ArrayList<>();
    for (PodDisruptionBudget b : budgets.list(pod.getMetadata().getNamespace())) {
      if (Selectors.matches(b.getSpec().getSelector(), pod.getMetadata().getLabels())) {
        keys.add(new Key(b.getMetadata().getNamespace(), b.getMetadata().getName()));
      }
    }
    return keys;
  }

  private List<Key> budgetsIn(String namespace) {
    return budgets.list(namespace).stream()
        .map(b -> new Key(namespace, b.getMetadata().getName()))
        .toList();
  }

  private Optional<Duration> reconcile(Key key) {
    PodDisruptionBudget budget = budgets.find(key.namespace(), key.name()).orElse(null);
    if (budget == null) {
      return Optional.empty();
    }
    List<Pod> selected =
        pods.list(key.namespace()).stream()
            .filter(p -> !Pods.isOver(p))
            .filter(
                p -> Selectors.matches(budget.getSpec().getSelector(), p.getMetadata().getLabels()))
            .toList();
    PodDisruptionBudgetStatus before =
        Objects.requireNonNullElseGet(budget.getStatus(), PodDisruptionBudgetStatus::new);
    Map<String, String> disrupted = stillDisrupted(before, selected);
    int healthy =
        (int)
            selected.stream()
                .filter(p -> p.getMetadata().getDeletionTimestamp() == null && Pods.isReady(p))
                .filter(p -> !disrupted.containsKey(p.getMetadata().getName()))
                .count();
    int expected = expected(budget, selected);
    int desired = desiredHealthy(budget, expected);
    int allowed = expected == 0 ? 0 : Math.max(0, healthy - desired);
    PodDisruptionBudget after =
        new PodDisruptionBudgetBuilder(budget)
            .editOrNewStatus()
            .withCurrentHealthy(healthy)
            .withDesiredHealthy(desired)
            .withExpectedPods(expected)
            .withDisruptionsAllowed(allowed)
            .withDisruptedPods(disrupted)
            .withObservedGeneration(budget.getMetadata().getGeneration())
            .withConditions(condition(before, budget, allowed))
            .endStatus()
            .build();
    if (!after.getStatus().equals(budget.getStatus())) {
      write.updateStatus(after);
    }
    return disrupted.isEmpty() ? Optional.empty() : Optional.of(DISRUPTED_FOR);
  }

  private static Map<String, String> stillDisrupted(
      PodDisruptionBudgetStatus status, List<Pod> selected) {
    Map<String, String> still = new HashMap<>();
    Instant old = Instant.now().minus(DISRUPTED_FOR);
    for (Pod pod : selected) {
      String at =
          status.getDisruptedPods() == null
              ? null
              : status.getDisruptedPods().get(pod.getMetadata().getName());
      if (at != null
          && pod.getMetadata().getDeletionTimestamp() == null
          && Instant.parse(at).isAfter(old)) {
        still.put(pod.getMetadata().getName(), at);
      }
    }
    return still;
  }

  /** Percentages and maxUnavailable are of the pods that should be, a number of those that are. */
  private int expected(PodDisruptionBudget budget, List<Pod> selected) {
    IntOrString min = budget.getSpec().getMinAvailable();
    if (min != null && min.getStrVal() == null) {
      return selected.size();
    }
    Set<String> seen = new HashSet<>();
    int expected = 0;
    for (Pod pod : selected) {
      Optional<OwnerReference> owner = Owners.controllerOf(pod);
      if (owner.isEmpty()) {
        continue;
      }
      Optional<Scale> scale = scaleOf(pod.getMetadata().getNamespace(), owner.get());
      if (scale.isPresent() && seen.add(scale.get().uid())) {
        expected += scale.get().replicas();
      }
    }
    return expected;
  }

  private record Scale(String uid, int replicas) {}

  private Optional<Scale> scaleOf(String namespace, OwnerReference owner) {
    return switch (owner.getKind()) {
      case "ReplicaSet" ->
          sets.find(namespace, owner.getName())
              .flatMap(
                  s ->
                      Owners.controllerOf(s)
                          .flatMap(d -> deployments.find(namespace, d.getName()))
                          .map(d -> scale(d.getMetadata().getUid(), d.getSpec().getReplicas()))
                          .or(
                              () ->
                                  Optional.of(
                                      scale(s.getMetadata().getUid(), s.getSpec().getReplicas()))));
      case "ReplicationController" ->
          controllers
              .find(namespace, owner.getName())
              .map(r -> scale(r.getMetadata().getUid(), r.getSpec().getReplicas()));
      case "StatefulSet" ->
          statefulSets
              .find(namespace, owner.getName())
              .map(s -> scale(s.getMetadata().getUid(), s.getSpec().getReplicas()));
      default -> Optional.empty();
    };
  }

  private static Scale scale(String uid, Integer replicas) {
    return new Scale(uid, Objects.requireNonNullElse(replicas, 1));
  }

  private static int desiredHealthy(PodDisruptionBudget budget, int expected) {
    IntOrString max = budget.getSpec().getMaxUnavailable();
    IntOrString min = budget.getSpec().getMinAvailable();
    if (max != null) {
      return Math.max(0, expected - resolve(max, expected));
    }
    return min == null ? 1 : resolve(min, expected);
  }

  private static int resolve(IntOrString value, int of) {
    if (value.getStrVal() == null) {
      return value.getIntVal();
    }
    return (int) Math.ceil(Integer.parseInt(value.getStrVal().replace("%", "")) * of / 100.0);
  }

  private static List<Condition> condition(
      PodDisruptionBudgetStatus before, PodDisruptionBudget budget, int allowed) {
    String status = allowed > 0 ? "True" : "False";
    Optional<Condition> old =
        Objects.requireNonNullElse(before.getConditions(), List.<Condition>of()).stream()
            .filter(c -> c.getType().equals("DisruptionAllowed"))
            .findFirst();
    String since =
        old.filter(c -> c.getStatus().equals(status))
            .map(Condition::getLastTransitionTime)
            .orElseGet(Stamp::now);
    return List.of(
        new ConditionBuilder()
            .withType("DisruptionAllowed")
            .withStatus(status)
            .withReason(allowed > 0 ? "SufficientPods" : "InsufficientPods")
            .withMessage("")
            .withObservedGeneration(budget.getMetadata().getGeneration())
            .withLastTransitionTime(since)
            .build());
  }
}
