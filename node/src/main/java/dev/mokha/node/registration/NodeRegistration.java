package dev.mokha.node.registration;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.Container;
import dev.mokha.node.NodeConfig;
import dev.mokha.node.timing.Alarms;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the Node object true: creates it, renews its lease, and sends its status when something in
 * it changed, or after the report interval when nothing did (KEP-589).
 */
public final class NodeRegistration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodeRegistration.class);
  private static final String LEASES = "kube-node-lease";
  private static final int LEASE_SECONDS = 40;
  private static final Duration FIRST_RETRY = Duration.ofMillis(200);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);

  private final NodeConfig config;
  private final NodeObject object;
  private final Engine engine;
  private final Takings takings;
  private final Consumer<Taken> onTaken;
  private final ResourceClient<Node> nodes;
  private final ResourceClient<Lease> leases;
  private final Alarms alarms;
  private final Clock clock;
  private NodeStatus sent;
  private Instant sentAt = Instant.EPOCH;
  private Lease lease;
  private Alarms.Alarm tick = () -> {};
  private final AtomicBoolean reporting = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * A registration that has not begun.
   *
   * @param onTaken hears what containers that are no pod's take, each time it was looked at
   */
  public NodeRegistration(
      NodeConfig config,
      NodeObject object,
      Engine engine,
      Takings takings,
      Consumer<Taken> onTaken,
      ApiClient client,
      Alarms alarms,
      Clock clock) {
    this.config = requireNonNull(config, "config");
    this.object = requireNonNull(object, "object");
    this.engine = requireNonNull(engine, "engine");
    this.takings = requireNonNull(takings, "takings");
    this.onTaken = requireNonNull(onTaken, "onTaken");
    this.nodes = ResourceClient.of(client, Kinds.NODE);
    this.leases = ResourceClient.of(client, Kinds.LEASE);
    this.alarms = requireNonNull(alarms, "alarms");
    this.clock = requireNonNull(clock, "clock");
  }

  /** Registers the node, on a thread of its own until the API answers, and keeps it true. */
  public void start() {
    Thread.ofVirtual().name("node-registration").start(this::register);
  }

  private void register() {
    Duration retry = FIRST_RETRY;
    while (!closed) {
      try {
        createOrAdopt();
        renewLease();
        tick = alarms.every(config.leaseRenewal(), "node-lease", this::tick);
        engine.containers().onChange(this::containerChanged);
        log.info("Node {} is registered", config.nodeName());
        return;
      } catch (StatusException e) {
        log.warn("Node {} can't be registered yet: {}", config.nodeName(), e.getMessage());
        try {
          Thread.sleep(retry);
        } catch (InterruptedException interrupted) {
          return;
        }
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
      }
    }
  }

  private synchronized void createOrAdopt() {
    Optional<Node> existing = nodes.find("", config.nodeName());
    Optional<NodeStatus> before = existing.map(Node::getStatus);
    NodeStatus status = status(before);
    if (existing.isEmpty()) {
      nodes.create(object.create(status));
      // Some servers drop the status at creation, so it is sent on its own.
      send(new NodeStatus(), status);
      return;
    }
    relabel(existing.get());
    send(before.orElse(new NodeStatus()), status);
  }

  private void relabel(Node node) {
    Map<String, String> has = node.getMetadata().getLabels();
    ObjectNode patch = Json.MAPPER.createObjectNode();
    object
        .labels()
        .forEach(
            (k, v) -> {
              if (!v.equals(has.get(k))) {
                patch.withObject("/metadata").withObject("/labels").put(k, v);
              }
            });
    if (node.getSpec().getPodCIDR() == null && !config.podCidrs().isEmpty()) {
      ObjectNode spec = patch.putObject("spec");
      spec.put("podCIDR", config.podCidrs().get(0));
      config.podCidrs().forEach(spec.putArray("podCIDRs")::add);
    }
    if (!patch.isEmpty()) {
      nodes.patch("", config.nodeName(), "", PatchType.STRATEGIC, patch);
    }
  }

  private NodeStatus status(Optional<NodeStatus> before) {
    Taken taken = takings.now();
    onTaken.accept(taken);
    return object.status(before, engine.images().list(), taken, Optional.empty(), clock.instant());
  }

  private void tick() {
    if (closed) {
      return;
    }
    try {
      renewLease();
    } catch (StatusException e) {
      log.warn("The lease of node {} was not renewed: {}", config.nodeName(), e.getMessage());
    }
    try {
      report();
    } catch (StatusException e) {
      if (e.isNotFound()) {
        forgetSent();
        createOrAdopt();
      } else {
        log.warn("The status of node {} was not sent: {}", config.nodeName(), e.getMessage());
      }
    }
  }

  /** A container that is no pod's and has limits leaves more or less to pods at once. */
  private void containerChanged(Container container) {
    boolean matters =
        Taken.counts(container)
            && !Taken.promised(container.spec().resources()).equals(Taken.NOTHING);
    if (matters && reporting.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("node-allocatable")
          .start(
              () -> {
                reporting.set(false); // what changes from here on makes one more report
                reportChange();
              });
    }
  }

  private void reportChange() {
    if (closed) {
      return;
    }
    try {
      report();
    } catch (StatusException e) {
      log.warn("What Docker's containers take was not reported yet: {}", e.getMessage());
    }
  }

  private synchronized void forgetSent() {
    sent = null;
  }

  /**
   * Sends the status if it changed, or if somebody else changed it: the node controller takes a
   * node that was silent for a while for lost, and only the node can say that it is not.
   */
  public synchronized void report() {
    if (sent == null) {
      return;
    }
    NodeStatus there = nodes.get("", config.nodeName()).getStatus();
    if (!hasConditions(there, sent)) {
      NodeStatus before = there == null ? new NodeStatus() : there;
      send(before, status(Optional.of(before)));
      return;
    }
    NodeStatus now = status(Optional.of(sent));
    boolean due = !clock.instant().isBefore(sentAt.plus(config.statusReport()));
    if (due || !sameButHeartbeat(sent, now)) {
      send(sent, now);
    }
  }

  private static boolean hasConditions(NodeStatus there, NodeStatus wanted) {
    Map<String, String> has = new HashMap<>();
    if (there != null && there.getConditions() != null) {
      there.getConditions().forEach(c -> has.put(c.getType(), c.getStatus()));
    }
    return wanted.getConditions().stream()
        .allMatch(c -> c.getStatus().equals(has.get(c.getType())));
  }

  private static boolean sameButHeartbeat(NodeStatus a, NodeStatus b) {
    return Objects.equals(withoutHeartbeat(a), withoutHeartbeat(b));
  }

  private static ObjectNode withoutHeartbeat(NodeStatus status) {
    ObjectNode tree = Json.MAPPER.valueToTree(status);
    for (var condition : tree.path("conditions")) {
      ((ObjectNode) condition).remove("lastHeartbeatTime");
    }
    return tree;
  }

  private synchronized void send(NodeStatus before, NodeStatus status) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode tree = Json.MAPPER.valueToTree(status);
    ObjectNode old = Json.MAPPER.valueToTree(before);
    ObjectNode changed = patch.putObject("status");
    for (var field : tree.properties()) {
      if (!field.getValue().equals(old.get(field.getKey()))) {
        changed.set(field.getKey(), field.getValue());
      }
    }
    if (changed.has("addresses")) {
      // Merged by type otherwise: an old address of another type would stay.
      changed.withArray("/addresses").addObject().put("$patch", "replace");
    }
    nodes.patch("", config.nodeName(), "status", PatchType.STRATEGIC, patch);
    sent = status;
    sentAt = clock.instant();
  }

  private void renewLease() {
    ZonedDateTime now = clock.instant().truncatedTo(ChronoUnit.MICROS).atZone(ZoneOffset.UTC);
    if (lease == null) {
      Optional<Lease> existing = leases.find(LEASES, config.nodeName());
      if (existing.isEmpty()) {
        lease = leases.create(newLease(now));
        return;
      }
      lease = existing.get();
    }
    try {
      lease =
          leases.update(
              new LeaseBuilder(lease)
                  .editOrNewSpec()
                  .withHolderIdentity(config.nodeName())
                  .withLeaseDurationSeconds(LEASE_SECONDS)
                  .withRenewTime(now)
                  .endSpec()
                  .build());
    } catch (StatusException e) {
      // Changed or deleted by someone else: read it anew the next time.
      lease = null;
      throw e;
    }
  }

  private Lease newLease(ZonedDateTime now) {
    LeaseBuilder builder =
        new LeaseBuilder()
            .withNewMetadata()
            .withNamespace(LEASES)
            .withName(config.nodeName())
            .endMetadata()
            .withNewSpec()
            .withHolderIdentity(config.nodeName())
            .withLeaseDurationSeconds(LEASE_SECONDS)
            .withRenewTime(now)
            .endSpec();
    nodes
        .find("", config.nodeName())
        .ifPresent(
            node ->
                builder
                    .editMetadata()
                    .addNewOwnerReference()
                    .withApiVersion("v1")
                    .withKind("Node")
                    .withName(config.nodeName())
                    .withUid(node.getMetadata().getUid())
                    .endOwnerReference()
                    .endMetadata());
    return builder.build();
  }

  @Override
  public void close() {
    closed = true;
    tick.cancel();
  }
}
