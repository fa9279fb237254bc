package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.naming.NameServer;
import dev.mokha.network.bridges.publishing.HostPorts;
import dev.mokha.network.bridges.records.SandboxRecord;
import dev.mokha.network.bridges.sandboxes.PreparedNamespaces;
import dev.mokha.network.bridges.sandboxes.SandboxLinks.Gateways;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** A sandbox in memory. Its lock is held while anything of it changes. */
final class SandboxState {
  /** The order in which Docker picks the way to the world. */
  private static final Comparator<Endpoint> WAY_OUT =
      Comparator.comparingInt((Endpoint e) -> -e.spec().gatewayPriority())
          .thenComparing(Endpoint::networkName);

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<PortBinding, HostPorts.Hold> holds = new HashMap<>();
  private volatile SandboxRecord record;
  private NameServer.Listener listener;
  private Gateways led = new Gateways(Optional.empty(), Optional.empty());
  private PreparedNamespaces.Prepared prepared;
  private boolean closed;

  SandboxState(SandboxRecord record) {
    this.record = requireNonNull(record, "record");
  }

  ReentrantLock lock() {
    return lock;
  }

  /** May be read without the lock. */
  SandboxRecord record() {
    return record;
  }

  void setRecord(SandboxRecord changed) {
    record = requireNonNull(changed, "changed");
  }

  String id() {
    return record.containerId();
  }

  Map<PortBinding, HostPorts.Hold> holds() {
    return holds;
  }

  Optional<NameServer.Listener> listener() {
    return Optional.ofNullable(listener);
  }

  void setListener(NameServer.Listener opened) {
    listener = opened;
  }

  /** What is open inside the namespace since before it was this sandbox's; until the first use. */
  Optional<PreparedNamespaces.Prepared> takePrepared() {
    Optional<PreparedNamespaces.Prepared> taken = Optional.ofNullable(prepared);
    prepared = null;
    return taken;
  }

  void setPrepared(PreparedNamespaces.Prepared opened) {
    prepared = opened;
  }

  /** Where published ports lead at the moment. */
  Gateways led() {
    return led;
  }

  void setLed(Gateways gateways) {
    led = gateways;
  }

  boolean isClosed() {
    return closed;
  }

  void setClosed() {
    closed = true;
  }

  /** Where packets leave it. */
  static Gateways gateways(List<Endpoint> endpoints) {
    List<Endpoint> ordered = endpoints.stream().sorted(WAY_OUT).toList();
    return new Gateways(
        ordered.stream().filter(e -> !e.ipv4Gateway().isEmpty()).findFirst(),
        ordered.stream().filter(e -> !e.ipv6Gateway().isEmpty()).findFirst());
  }

  Gateways gateways() {
    return gateways(record.endpoints());
  }
}
