package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.naming.NameBook;
import dev.mokha.network.bridges.naming.NameServer;
import dev.mokha.network.bridges.naming.SandboxNames;
import dev.mokha.network.bridges.records.SandboxRecord;
import dev.mokha.network.bridges.sandboxes.PreparedNamespaces;
import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import dev.mokha.network.bridges.sandboxes.SandboxLinks.Gateways;
import dev.mokha.network.dns.Upstreams;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;

/** What is done inside sandboxes' namespaces: addresses, routes, and the answering of names. */
final class SandboxInterior {
  private final SandboxLinks links;
  private final NetworkRegistry registry;
  private final NameServer nameServer;
  private final Upstreams hostServers;
  private final ScheduledExecutorService background;

  SandboxInterior(
      SandboxLinks links,
      NetworkRegistry registry,
      NameServer nameServer,
      Upstreams hostServers,
      ScheduledExecutorService background) {
    this.links = requireNonNull(links, "links");
    this.registry = requireNonNull(registry, "registry");
    this.nameServer = requireNonNull(nameServer, "nameServer");
    this.hostServers = requireNonNull(hostServers, "hostServers");
    this.background = requireNonNull(background, "background");
  }

  /** Configures endpoints in the namespace, sets routes, and answers names there when asked to. */
  void enter(SandboxState state, List<Endpoint> endpoints, Gateways gateways, boolean named) {
    boolean listen = named && state.listener().isEmpty();
    Optional<PreparedNamespaces.Prepared> prepared = state.takePrepared();
    Optional<NameServer.Sockets> sockets;
    if (prepared.isPresent()) {
      PreparedNamespaces.Prepared open = prepared.get();
      try {
        configure(open.inside(), endpoints, gateways);
      } catch (RuntimeException e) {
        open.close();
        throw e;
      }
      sockets = listen ? Optional.of(open.sockets()) : Optional.empty();
      closeLater(open, !listen);
    } else {
      sockets =
          links.enter(
              state.id(),
              () -> {
                try (RouteNetlink netlink = new RouteNetlink()) {
                  configure(netlink, endpoints, gateways);
                }
                return listen ? Optional.of(NameServer.Sockets.open()) : Optional.empty();
              });
    }
    if (endpoints.stream().anyMatch(InterfaceSettings::wanted)) {
      try {
        settings(state, endpoints);
      } catch (RuntimeException e) {
        sockets.ifPresent(NameServer.Sockets::close);
        throw e;
      }
    }
    sockets.ifPresent(
        opened ->
            state.setListener(
                nameServer.listen(
                    opened, new SandboxNames(() -> names(state)), new OwnLoopback(links, state))));
  }

  /** Closing takes longer than what the socket was needed for. */
  private void closeLater(PreparedNamespaces.Prepared open, boolean withSockets) {
    Runnable close =
        () -> {
          open.inside().close();
          open.namespace().close();
          if (withSockets) {
            open.sockets().close();
          }
        };
    try {
      background.execute(close);
    } catch (RejectedExecutionException e) {
      close.run();
    }
  }

  private static void configure(RouteNetlink netlink, List<Endpoint> endpoints, Gateways gateways) {
    endpoints.stream()
        .filter(endpoint -> !endpoint.interfaceName().isEmpty())
        .forEach(endpoint -> SandboxLinks.configure(netlink, endpoint));
    SandboxLinks.route(netlink, gateways);
  }

  private void settings(SandboxState state, List<Endpoint> endpoints) {
    links.enter(
        state.id(),
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            endpoints.stream()
                .filter(InterfaceSettings::wanted)
                .forEach(endpoint -> InterfaceSettings.apply(netlink, endpoint));
          }
          return null;
        });
  }

  private SandboxNames.View names(SandboxState state) {
    SandboxRecord record = state.record();
    Map<String, String> linked = new HashMap<>();
    List<NameBook> books = new ArrayList<>();
    boolean wayOut = false;
    for (Endpoint endpoint : record.endpoints()) {
      endpoint
          .spec()
          .links()
          .forEach((alias, target) -> linked.put(alias.toLowerCase(Locale.ROOT), target));
      wayOut |= !endpoint.ipv4Gateway().isEmpty() || !endpoint.ipv6Gateway().isEmpty();
      registry
          .byId(endpoint.networkId())
          .filter(BridgeNetwork::named)
          .ifPresent(network -> books.add(network.names()));
    }
    List<InetSocketAddress> upstream =
        !wayOut
            ? List.of()
            : record.nameservers().isEmpty()
                ? hostServers.servers()
                : Upstreams.of(record.nameservers(), address -> false).servers().stream()
                    .filter(server -> !server.getAddress().equals(NameServer.ADDRESS))
                    .toList();
    return new SandboxNames.View(linked, books, upstream);
  }

  /** Whether names are answered in it. */
  boolean isNamed(SandboxRecord record) {
    return record.endpoints().stream()
        .anyMatch(e -> registry.byId(e.networkId()).map(BridgeNetwork::named).orElse(false));
  }
}
