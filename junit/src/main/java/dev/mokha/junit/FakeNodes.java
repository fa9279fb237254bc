package dev.mokha.junit;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.informer.Informers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nodes without a machine behind them. They renew their leases, as kubelets do, so that the node
 * controller goes on to believe in them; and, unless told otherwise, act for the kubelet on pods.
 */
final class FakeNodes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FakeNodes.class);

  private static final GroupVersionResource NODES = new GroupVersionResource("", "v1", "nodes");
  private static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");
  private static final String LEASE_NAMESPACE = "kube-node-lease";

  /** A kubelet's pace; the node controller gives up after 40 s and more. */
  private static final Duration RENEWAL = Duration.ofSeconds(10);

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final ApiClient client;
  private final Set<String> names = new HashSet<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread heart;
  private final Informers informers;
  private final Optional<Controller> kubelet;

  private FakeNodes(ApiClient client, int count, boolean podsRun) {
    this.client = client;
    for (int i = 1; i <= count; i++) {
      addNode("node-" + i, i);
    }
    informers = Informers.of(client);
    kubelet =
        podsRun
            ? Optional.of(FakeKubelet.start(client, informers, Set.copyOf(names)))
            : Optional.empty();
    heart = Thread.ofVirtual().name("fake-nodes").start(this::beat);
  }

  static FakeNodes start(ApiClient client, int count, boolean podsRun) {
    return new FakeNodes(client, count, podsRun);
  }

  private void addNode(String name, int number) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("apiVersion", "v1").put("kind", "Node");
    ObjectNode labels = node.putObject("metadata").put("name", name).putObject("labels");
    labels.put("kubernetes.io/hostname", name);
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", "amd64");
    if (client.find(NODES, "", name).isEmpty()) {
      client.create(NODES, "", "", "", KubeObject.of(node));
    }
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode status = patch.putObject("status");
    resources(status.putObject("capacity"));
    resources(status.putObject("allocatable"));
    status
        .putArray("addresses")
        .addObject()
        .put("type", "InternalIP")
        .put("address", "192.0.2." + (1 + number % 250));
    String now = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", "True")
        .put("reason", "FakeNode")
        .put("message", "a node of a test, without a machine")
        .put("lastHeartbeatTime", now)
        .put("lastTransitionTime", now);
    client.patch(NODES, "", name, "status", PatchType.STRATEGIC, Json.bytes(patch), false);
    names.add(name);
    renew(name);
  }

  private static void resources(ObjectNode list) {
    list.put("cpu", "32");
    list.put("memory", "256Gi");
    list.put("ephemeral-storage", "1Ti");
    list.put("pods", "1000");
  }

  private void renew(String name) {
    ObjectNode lease = Json.MAPPER.createObjectNode();
    lease.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    lease.putObject("metadata").put("name", name).put("namespace", LEASE_NAMESPACE);
    lease
        .putObject("spec")
        .put("holderIdentity", name)
        .put("leaseDurationSeconds", 40)
        .put("renewTime", MICROS.format(Instant.now()));
    client.patch(LEASES, LEASE_NAMESPACE, name, "", PatchType.APPLY, Json.bytes(lease), true);
  }

  private void beat() {
    try {
      while (!closing.await(RENEWAL.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          names.forEach(this::renew);
        } catch (StatusException e) {
          log.debug("a lease was not renewed: {}", e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    kubelet.ifPresent(Controller::close);
    informers.close();
    try {
      heart.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
