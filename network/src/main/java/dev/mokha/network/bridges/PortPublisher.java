package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.bridges.filtering.BridgeSet;
import dev.mokha.network.bridges.filtering.BridgeTable;
import dev.mokha.network.bridges.filtering.Entries;
import dev.mokha.network.bridges.publishing.ConnectionSweep;
import dev.mokha.network.bridges.publishing.HostPorts;
import dev.mokha.network.bridges.records.RecordStore;
import dev.mokha.network.bridges.records.SandboxRecord.Publication;
import dev.mokha.network.bridges.sandboxes.SandboxLinks.Gateways;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sandbox's ports: brings holds, records and the table to what is wanted and to the endpoint that
 * is the way to the world at the moment. All methods are called with the sandbox's lock held.
 */
final class PortPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(PortPublisher.class);
  private static final InetAddress ALL4 = InetAddress.ofLiteral("0.0.0.0");
  private static final InetAddress ALL6 = InetAddress.ofLiteral("::");
  private static final Map<String, Integer> PROTOCOLS = Map.of("tcp", 6, "udp", 17, "sctp", 132);

  private final HostPorts ports;
  private final BridgeTable table;
  private final ConnectionSweep sweep;
  private final RecordStore store;
  private final NetworkRegistry registry;

  PortPublisher(
      HostPorts ports,
      BridgeTable table,
      ConnectionSweep sweep,
      RecordStore store,
      NetworkRegistry registry) {
    this.ports = requireNonNull(ports, "ports");
    this.table = requireNonNull(table, "table");
    this.sweep = requireNonNull(sweep, "sweep");
    this.store = requireNonNull(store, "store");
    this.registry = requireNonNull(registry, "registry");
  }

  /** Publishes these ports and no others. */
  void publish(SandboxState sandbox, List<PortRequest> wanted) {
    List<Publication> before = new ArrayList<>(sandbox.record().ports());
    List<Publication> after = new ArrayList<>();
    for (PortRequest request : wanted) {
      check(request);
      Publication kept =
          before.stream().filter(p -> p.request().equals(request)).findFirst().orElse(null);
      before.remove(kept);
      after.add(kept == null ? new Publication(request, List.of()) : kept);
    }
    settle(sandbox, after);
  }

  /** Brings the ports to the endpoints as they are now. */
  void settle(SandboxState sandbox) {
    if (!sandbox.record().ports().isEmpty()) {
      settle(sandbox, sandbox.record().ports());
    }
  }

  /** Lets all ports go, as far as the kernel and the sockets are concerned. */
  void drop(SandboxState sandbox) {
    List<PortBinding> gone = sandbox.record().bindings();
    if (!gone.isEmpty()) {
      table.update(owner(sandbox), new Entries());
      release(sandbox, gone);
      // Connections end with the container, and others of the same port and address begin at once
      // when it is restarted; datagrams have no end.
      forget(gone.stream().filter(b -> !b.protocol().equals("tcp")).toList(), sandbox.led());
    }
  }

  /** Holds the ports of a sandbox that an earlier daemon left, and notes its entries. */
  void adopt(SandboxState sandbox) {
    Gateways gateways = sandbox.gateways();
    for (Publication publication : sandbox.record().ports()) {
      for (PortBinding binding : publication.bindings()) {
        try {
          sandbox
              .holds()
              .put(
                  binding,
                  take(
                          sandbox,
                          binding.protocol(),
                          List.of(InetAddress.ofLiteral(binding.hostAddress())),
                          binding.hostPort(),
                          binding.hostPort(),
                          binding.containerPort(),
                          gateways)
                      .getFirst());
        } catch (NetworkException e) {
          // Its traffic goes on all the same: the table sends it before it comes to any socket.
          LOG.warn(
              "The port {} of container {} can't be held again: {}",
              binding.hostPort(),
              sandbox.record().containerName(),
              e.getMessage());
        }
      }
    }
    table.note(owner(sandbox), entries(sandbox.record().bindings(), gateways));
    sandbox.setLed(gateways);
  }

  private void settle(SandboxState sandbox, List<Publication> wanted) {
    Gateways gateways = sandbox.gateways();
    boolean open = gateways.ipv4().isPresent() || gateways.ipv6().isPresent();
    List<Publication> settled = new ArrayList<>();
    List<PortBinding> taken = new ArrayList<>();
    List<PortBinding> bindings = new ArrayList<>();
    List<PortBinding> before = sandbox.record().bindings();
    Gateways led = sandbox.led();
    List<PortBinding> gone;
    try {
      for (Publication publication : wanted) {
        List<PortBinding> bound = open ? publication.bindings() : List.of();
        if (open && bound.isEmpty()) {
          bound = bind(sandbox, publication.request(), gateways);
          taken.addAll(bound);
        }
        settled.add(new Publication(publication.request(), bound));
        bindings.addAll(bound);
      }
      gone = before.stream().filter(b -> !bindings.contains(b)).toList();
      sandbox.setRecord(sandbox.record().withPorts(settled));
      store.save(sandbox.record());
    } catch (RuntimeException e) {
      release(sandbox, taken);
      throw e;
    }
    table.update(owner(sandbox), entries(bindings, gateways));
    release(sandbox, gone);
    if (!led.equals(gateways)) {
      // What stays leads to another address.
      forget(before, led);
    } else {
      forget(gone, led);
    }
    sandbox.setLed(gateways);
  }

  private List<PortBinding> bind(SandboxState sandbox, PortRequest request, Gateways gateways) {
    String protocol = protocol(request);
    try {
      List<HostPorts.Hold> holds =
          take(
              sandbox,
              protocol,
              addresses(request, gateways),
              request.firstHostPort(),
              request.lastHostPort(),
              request.containerPort(),
              gateways);
      List<PortBinding> bindings = new ArrayList<>();
      for (HostPorts.Hold hold : holds.reversed()) {
        PortBinding binding =
            new PortBinding(
                Subnet.text(hold.address()), hold.port(), request.containerPort(), protocol);
        sandbox.holds().put(binding, hold);
        bindings.add(binding);
      }
      return bindings;
    } catch (NetworkException e) {
      Endpoint endpoint = gateways.ipv4().or(gateways::ipv6).orElseThrow();
      throw new NetworkException(
          e.reason(),
          "driver failed programming external connectivity on endpoint "
              + endpoint.containerName()
              + " ("
              + endpoint.id()
              + "): "
              + e.getMessage(),
          e);
    }
  }

  private List<HostPorts.Hold> take(
      SandboxState sandbox,
      String protocol,
      List<InetAddress> addresses,
      int first,
      int last,
      int containerPort,
      Gateways gateways) {
    String inside =
        gateways
            .ipv4()
            .map(e -> e.ipv4Address() + ":" + containerPort)
            .or(() -> gateways.ipv6().map(e -> "[" + e.ipv6Address() + "]:" + containerPort))
            .orElse(":" + containerPort);
    return ports.take(
        protocol, addresses, first, last, inside, () -> target(sandbox, containerPort));
  }

  /** Where the relay connects to. */
  private static Optional<InetSocketAddress> target(SandboxState sandbox, int containerPort) {
    Gateways gateways = sandbox.gateways();
    return gateways
        .ipv4()
        .map(Endpoint::ipv4Address)
        .or(() -> gateways.ipv6().map(Endpoint::ipv6Address))
        .map(text -> new InetSocketAddress(InetAddress.ofLiteral(text), containerPort));
  }

  private List<InetAddress> addresses(PortRequest request, Gateways gateways) {
    if (!request.hostAddress().isEmpty()) {
      return List.of(InetAddress.ofLiteral(request.hostAddress()));
    }
    String chosen =
        gateways
            .ipv4()
            .or(gateways::ipv6)
            .flatMap(endpoint -> registry.byId(endpoint.networkId()))
            .map(network -> network.options().hostAddress())
            .orElse("");
    if (!chosen.isEmpty()) {
      return List.of(InetAddress.ofLiteral(chosen));
    }
    // IPv6 first: its socket holds both families.
    return Files.exists(Path.of("/proc/thread-self/net/if_inet6"))
        ? List.of(ALL6, ALL4)
        : List.of(ALL4);
  }

  private static void check(PortRequest request) {
    String protocol = protocol(request);
    if (!PROTOCOLS.containsKey(protocol)) {
      throw new NetworkException(Reason.INVALID, "invalid proto: " + request.protocol());
    }
    for (int port :
        List.of(request.firstHostPort(), request.lastHostPort(), request.containerPort())) {
      if (port < 0 || port > 65535) {
        throw new NetworkException(Reason.INVALID, "invalid port: " + port);
      }
    }
    if (request.containerPort() == 0) {
      throw new NetworkException(Reason.INVALID, "invalid container port: 0");
    }
    try {
      if (!request.hostAddress().isEmpty()) {
        InetAddress.ofLiteral(request.hostAddress());
      }
    } catch (IllegalArgumentException e) {
      throw new NetworkException(Reason.INVALID, "invalid IP address: " + request.hostAddress(), e);
    }
  }

  private static String protocol(PortRequest request) {
    return request.protocol() == null || request.protocol().isEmpty()
        ? "tcp"
        : request.protocol().toLowerCase(Locale.ROOT);
  }

  private static Entries entries(List<PortBinding> bindings, Gateways gateways) {
    Entries entries = new Entries();
    for (PortBinding binding : bindings) {
      InetAddress address = InetAddress.ofLiteral(binding.hostAddress());
      boolean four = address.getAddress().length == 4;
      String key = binding.protocol() + " . " + binding.hostPort();
      Optional<String> inside =
          four
              ? gateways.ipv4().map(Endpoint::ipv4Address)
              : gateways.ipv6().map(Endpoint::ipv6Address);
      if (inside.isEmpty() || (!four && address.isLoopbackAddress())) {
        continue;
      }
      String value = inside.get() + " . " + binding.containerPort();
      if (address.isAnyLocalAddress()) {
        entries.put(four ? BridgeSet.PORTS4 : BridgeSet.PORTS6, key, value);
      } else {
        entries.put(
            four ? BridgeSet.BOUND_PORTS4 : BridgeSet.BOUND_PORTS6,
            binding.hostAddress() + " . " + key,
            value);
      }
    }
    return entries;
  }

  /** Lets ports go, and those who use them. */
  private void release(SandboxState sandbox, List<PortBinding> gone) {
    for (PortBinding binding : gone) {
      HostPorts.Hold hold = sandbox.holds().remove(binding);
      if (hold != null) {
        hold.close();
      }
    }
  }

  private void forget(List<PortBinding> gone, Gateways led) {
    Set<ConnectionSweep.Target> targets = new HashSet<>();
    for (PortBinding binding : gone) {
      for (Optional<String> address :
          List.of(led.ipv4().map(Endpoint::ipv4Address), led.ipv6().map(Endpoint::ipv6Address))) {
        address.ifPresent(
            text ->
                targets.add(
                    new ConnectionSweep.Target(
                        PROTOCOLS.get(binding.protocol()),
                        binding.hostPort(),
                        InetAddress.ofLiteral(text))));
      }
    }
    sweep.forget(targets);
  }

  private static String owner(SandboxState sandbox) {
    return "ports/" + sandbox.id();
  }
}
