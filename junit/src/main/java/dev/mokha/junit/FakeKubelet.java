package dev.mokha.junit;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says of pods bound to its nodes that they run, once; and lets them go when they are deleted.
 * After that a pod's status is the test's: it may say that a pod has failed or succeeded.
 */
final class FakeKubelet implements Reconciler {
  private static final int WORKERS = 2;

  private final ResourceClient<Pod> pods;
  private final Informer<Pod> known;
  private final Set<String> nodes;
  private final AtomicInteger addresses = new AtomicInteger();

  private FakeKubelet(ApiClient client, Informer<Pod> known, Set<String> nodes) {
    this.pods = ResourceClient.of(client, Kinds.POD);
    this.known = known;
    this.nodes = nodes;
  }

  static Controller start(ApiClient client, Informers informers, Set<String> nodes) {
    Informer<Pod> pods = informers.get(Kinds.POD);
    return Controller.create("fake-kubelet", WORKERS, new FakeKubelet(client, pods, nodes))
        .watch(pods)
        .start();
  }

  @Override
  public Optional<Duration> reconcile(Key key) {
    Optional<Pod> found = known.find(key.namespace(), key.name());
    if (found.isEmpty() || !nodes.contains(String.valueOf(found.get().getSpec().getNodeName()))) {
      return Optional.empty();
    }
    Pod pod = found.get();
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      String uid = pod.getMetadata().getUid();
      pods.delete(key.namespace(), key.name(), new DeleteOptions(0L, "", uid, ""));
    } else if ("Pending".equals(pod.getStatus().getPhase())) {
      ObjectNode patch = Json.MAPPER.createObjectNode();
      patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
      patch.set("status", running(pod));
      pods.patch(key.namespace(), key.name(), "status", PatchType.STRATEGIC, patch);
    }
    return Optional.empty();
  }

  private ObjectNode running(Pod pod) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    int number = addresses.incrementAndGet();
    String address = "10.42.%d.%d".formatted(number / 250 % 250, 1 + number % 250);
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.put("phase", "Running").put("startTime", now).put("hostIP", "192.0.2.2");
    status.put("podIP", address).putArray("podIPs").addObject().put("ip", address);
    ArrayNode conditions = status.putArray("conditions");
    condition(conditions, "Initialized", true, now);
    condition(conditions, "ContainersReady", true, now);
    condition(conditions, "Ready", gatesAreOpen(pod), now);
    containers(
        status.putArray("initContainerStatuses"), pod.getSpec().getInitContainers(), now, true);
    containers(status.putArray("containerStatuses"), pod.getSpec().getContainers(), now, false);
    return status;
  }

  private static boolean gatesAreOpen(Pod pod) {
    List<PodReadinessGate> gates = pod.getSpec().getReadinessGates();
    return gates == null
        || gates.stream()
            .allMatch(
                gate ->
                    pod.getStatus().getConditions().stream()
                        .anyMatch(
                            c ->
                                c.getType().equals(gate.getConditionType())
                                    && c.getStatus().equals("True")));
  }

  private static void condition(ArrayNode conditions, String type, boolean isTrue, String now) {
    conditions
        .addObject()
        .put("type", type)
        .put("status", isTrue ? "True" : "False")
        .put("lastTransitionTime", now);
  }

  private static void containers(
      ArrayNode statuses, List<Container> containers, String now, boolean init) {
    for (Container container : containers == null ? List.<Container>of() : containers) {
      ObjectNode status = statuses.addObject();
      status.put("name", container.getName()).put("image", container.getImage());
      status.put("imageID", "").put("restartCount", 0).put("ready", true);
      // An init container that is always restarted goes on beside the others (KEP-753).
      if (init && !"Always".equals(container.getRestartPolicy())) {
        status
            .putObject("state")
            .putObject("terminated")
            .put("exitCode", 0)
            .put("reason", "Completed")
            .put("startedAt", now)
            .put("finishedAt", now);
      } else {
        status.put("started", true);
        status.putObject("state").putObject("running").put("startedAt", now);
      }
    }
  }
}
