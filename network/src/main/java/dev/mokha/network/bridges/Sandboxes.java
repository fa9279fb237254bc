package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.naming.NameServer;
import dev.mokha.network.bridges.records.RecordStore;
import dev.mokha.network.bridges.records.SandboxRecord;
import dev.mokha.network.bridges.sandboxes.PreparedNamespaces;
import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import dev.mokha.network.bridges.sandboxes.SandboxLinks.Gateways;
import dev.mokha.network.dns.Upstreams;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sandboxes. What changes is written down before it is done in the kernel, and struck off after
 * it was undone there: whoever takes over knows all that may be there.
 */
final class Sandboxes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sandboxes.class);
  private static final long LEFTOVER_SECONDS = 2;

  private final SandboxLinks links;
  private final NetworkRegistry registry;
  private final RecordStore store;
  private final PortPublisher publisher;
  private final SandboxInterior interior;
  private final Function<BridgeNetwork, SandboxLinks.Port> ports;
  private final Map<String, SandboxState> states = new ConcurrentHashMap<>();
  private final ScheduledExecutorService background;
  private final PreparedNamespaces prepared;

  /**
   * None yet.
   *
   * @param ports how endpoints of a network are connected
   */
  Sandboxes(
      SandboxLinks links,
      NetworkRegistry registry,
      RecordStore store,
      PortPublisher publisher,
      SandboxInterior interior,
      Function<BridgeNetwork, SandboxLinks.Port> ports,
      ScheduledExecutorService background) {
    this.links = requireNonNull(links, "links");
    this.registry = requireNonNull(registry, "registry");
    this.store = requireNonNull(store, "store");
    this.publisher = requireNonNull(publisher, "publisher");
    this.interior = requireNonNull(interior, "interior");
    this.ports = requireNonNull(ports, "ports");
    this.background = requireNonNull(background, "background");
    this.prepared = new PreparedNamespaces(background);
  }

  // What an earlier daemon left.

  /** Takes over sandboxes whose namespaces are there; returns the links that belong to them. */
  Set<String> adopt(Set<String> present) {
    Set<String> known = new HashSet<>();
    for (SandboxRecord record : store.sandboxes()) {
      if (!record.host() && !links.exists(record.containerId())) {
        store.removeSandbox(record.containerId());
        continue;
      }
      List<Endpoint> whole =
          record.endpoints().stream()
              .filter(e -> registry.byId(e.networkId()).isPresent())
              .filter(
                  e -> e.hostInterfaceName().isEmpty() || present.contains(e.hostInterfaceName()))
              .toList();
      SandboxState state = new SandboxState(record.withEndpoints(whole));
      if (whole.size() < record.endpoints().size()) {
        LOG.warn("Container {} has lost a network", record.containerName());
        store.save(state.record());
      }
      whole.forEach(registry::restore);
      whole.forEach(endpoint -> known.add(endpoint.hostInterfaceName()));
      states.put(state.id(), state);
      publisher.adopt(state);
    }
    for (String containerId : links.containerIds()) {
      if (!states.containsKey(containerId)) {
        links.remove(containerId);
      }
    }
    return known;
  }

  /** Completes what was begun inside the namespaces taken over, and answers names there again. */
  void resume() {
    for (SandboxState state : states.values()) {
      if (state.record().host()) {
        continue;
      }
      try {
        interior.enter(
            state, state.record().endpoints(), state.gateways(), interior.isNamed(state.record()));
        publisher.settle(state);
      } catch (RuntimeException e) {
        LOG.warn("The network of container {} is not whole", state.record().containerName(), e);
      }
    }
  }

  // Sandboxes.

  Sandbox open(SandboxSpec spec) {
    if (!spec.containerId().matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")) {
      throw new NetworkException(Reason.INVALID, "invalid container id: " + spec.containerId());
    }
    try {
      Upstreams.of(spec.nameservers(), address -> false);
    } catch (IllegalArgumentException e) {
      throw new NetworkException(
          Reason.INVALID, "bad nameserver address: " + String.join(", ", spec.nameservers()), e);
    }
    while (true) {
      SandboxState fresh =
          new SandboxState(
              new SandboxRecord(
                  SandboxRecord.FORMAT,
                  spec.containerId(),
                  spec.containerName(),
                  spec.host(),
                  spec.nameservers(),
                  List.of(),
                  List.of()));
      fresh.lock().lock();
      try {
        SandboxState present = states.putIfAbsent(spec.containerId(), fresh);
        if (present == null) {
          make(fresh, spec);
          return view(fresh.record());
        }
        present.lock().lock();
        try {
          if (!present.isClosed()) {
            return view(present.record());
          }
        } finally {
          present.lock().unlock();
        }
      } finally {
        fresh.lock().unlock();
      }
    }
  }

  private void make(SandboxState state, SandboxSpec spec) {
    try {
      store.save(state.record());
      if (spec.host()) {
        return;
      }
      if (spec.existing().isPresent()) {
        links.adopt(state.id(), spec.existing().get());
      } else {
        Optional<PreparedNamespaces.Prepared> ready = prepared.take();
        if (ready.isPresent()) {
          state.setPrepared(ready.get());
          links.pin(state.id(), ready.get());
        } else {
          links.create(state.id());
        }
      }
    } catch (RuntimeException e) {
      state.setClosed();
      state.takePrepared().ifPresent(PreparedNamespaces.Prepared::close);
      try {
        links.remove(state.id());
        store.removeSandbox(state.id());
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      states.remove(state.id(), state);
      throw e;
    }
  }

  Optional<Sandbox> find(String containerId) {
    return Optional.ofNullable(states.get(containerId)).map(state -> view(state.record()));
  }

  List<Sandbox> all() {
    return states.values().stream().map(state -> view(state.record())).toList();
  }

  SandboxRecord record(String containerId) {
    return require(containerId).record();
  }

  void rename(String containerId, String name) {
    locked(
        containerId,
        state -> {
          SandboxRecord named = state.record().withName(name);
          state.setRecord(named.withEndpoints(registry.rename(named)));
          store.save(state.record());
          return null;
        });
  }

  Endpoint attach(String containerId, BridgeNetwork network, EndpointSpec spec) {
    return locked(containerId, state -> attach(state, network, spec));
  }

  private Endpoint attach(SandboxState state, BridgeNetwork network, EndpointSpec spec) {
    SandboxRecord before = state.record();
    long start = System.nanoTime();
    Endpoint endpoint = registry.join(before, network, spec);
    try {
      List<Endpoint> endpoints = new ArrayList<>(before.endpoints());
      endpoints.add(endpoint);
      state.setRecord(before.withEndpoints(endpoints));
      store.save(state.record());
      if (network.isBridge()) {
        links.connect(endpoint, ports.apply(network));
        interior.enter(state, List.of(endpoint), state.gateways(), network.named());
      }
      publisher.settle(state);
    } catch (RuntimeException e) {
      undoAttach(state, before, endpoint, e);
      throw e;
    }
    LOG.debug(
        "Container {} is in network {} after {} us",
        before.containerName(),
        network.name(),
        (System.nanoTime() - start) / 1000);
    return endpoint;
  }

  private void undoAttach(
      SandboxState state, SandboxRecord before, Endpoint endpoint, RuntimeException cause) {
    try {
      links.disconnect(endpoint);
      state.setRecord(state.record().withEndpoints(before.endpoints()));
      reroute(state);
      store.save(state.record());
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
    registry.leave(endpoint);
  }

  void detach(String containerId, BridgeNetwork network) {
    locked(
        containerId,
        state -> {
          Endpoint endpoint =
              state.record().endpoints().stream()
                  .filter(e -> e.networkId().equals(network.id()))
                  .findFirst()
                  .orElseThrow(
                      () ->
                          new NetworkException(
                              Reason.FORBIDDEN,
                              "container "
                                  + containerId
                                  + " is not connected to network "
                                  + network.name()));
          detach(state, endpoint);
          return null;
        });
  }

  private void detach(SandboxState state, Endpoint endpoint) {
    List<Endpoint> rest = new ArrayList<>(state.record().endpoints());
    rest.remove(endpoint);
    links.disconnect(endpoint);
    state.setRecord(state.record().withEndpoints(rest));
    store.save(state.record());
    registry.leave(endpoint);
    reroute(state);
    publisher.settle(state);
  }

  /** After an endpoint went: another may be the way to the world. */
  private void reroute(SandboxState state) {
    if (!state.record().host() && !state.record().endpoints().isEmpty()) {
      interior.enter(state, List.of(), state.gateways(), false);
    }
  }

  List<PortBinding> publish(String containerId, List<PortRequest> wanted) {
    return locked(
        containerId,
        state -> {
          publisher.publish(state, wanted);
          return state.record().bindings();
        });
  }

  void close(String containerId) {
    SandboxState state = states.get(containerId);
    if (state == null) {
      return;
    }
    state.lock().lock();
    try {
      if (state.isClosed()) {
        return;
      }
      publisher.drop(state);
      state.listener().ifPresent(NameServer.Listener::close);
      state.takePrepared().ifPresent(PreparedNamespaces.Prepared::close);
      if (!state.record().host()) {
        state.record().endpoints().forEach(links::silence);
      }
      state.record().endpoints().forEach(registry::leave);
      if (!state.record().host()) {
        // The links go with the namespace: the kernel takes many away in one go and in the
        // background, while deleting a link here takes tens of milliseconds.
        links.remove(containerId);
        removeLater(state.record().endpoints());
      }
      store.removeSandbox(containerId);
      state.setClosed();
      states.remove(containerId, state);
    } finally {
      state.lock().unlock();
    }
  }

  /** Should a process still be in the namespace, its links would stay. */
  private void removeLater(List<Endpoint> endpoints) {
    if (!endpoints.isEmpty() && !background.isShutdown()) {
      background.schedule(
          () -> endpoints.forEach(this::removeLeftover), LEFTOVER_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void removeLeftover(Endpoint endpoint) {
    try {
      links.disconnect(endpoint);
    } catch (RuntimeException e) {
      LOG.warn("The link {} could not be removed", endpoint.hostInterfaceName(), e);
    }
  }

  // Shared.

  private Sandbox view(SandboxRecord record) {
    Gateways gateways = SandboxState.gateways(record.endpoints());
    return new Sandbox(
        record.containerId(),
        record.containerName(),
        record.host() ? Optional.empty() : Optional.of(links.pin(record.containerId())),
        record.endpoints(),
        gateways.ipv4().or(gateways::ipv6).map(Endpoint::networkName),
        record.bindings(),
        interior.isNamed(record));
  }

  private SandboxState require(String containerId) {
    SandboxState state = states.get(containerId);
    if (state == null) {
      throw new NetworkException(Reason.NOT_FOUND, "No such container: " + containerId);
    }
    return state;
  }

  private <T> T locked(String containerId, Function<SandboxState, T> work) {
    SandboxState state = require(containerId);
    state.lock().lock();
    try {
      if (state.isClosed()) {
        throw new NetworkException(Reason.NOT_FOUND, "No such container: " + containerId);
      }
      return work.apply(state);
    } finally {
      state.lock().unlock();
    }
  }

  /** Stops serving; the kernel's state stays. */
  @Override
  public void close() {
    prepared.close();
    for (SandboxState state : states.values()) {
      state.listener().ifPresent(NameServer.Listener::close);
      state.takePrepared().ifPresent(PreparedNamespaces.Prepared::close);
    }
  }
}
