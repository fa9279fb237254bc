package dev.mokha.server;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.pki.ServerPki;
import dev.mokha.store.Store;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * How a server is to be set up. Immutable; start from {@link #of} and change what differs.
 *
 * @param store where the objects are kept; the server does not close it
 * @param pki certificates and keys
 * @param stages makes the stages of the pipeline
 * @param listen where to listen; port 0 for any free one
 * @param alsoListen further addresses, on the same port; for pods and other nodes, which can't
 *     reach the loopback interface
 * @param serviceCidr the addresses of services, such as {@code 10.43.0.0/16}
 * @param nodePorts the first and the last port that services may have on nodes
 * @param mostReads reads under way at once
 * @param mostWrites writes under way at once
 * @param historyKept how long the store's history is kept for watches
 * @param eventTtl how long events are kept
 * @param clock what time it is
 */
public record ServerConfig(
    Store store,
    ServerPki pki,
    Stages.Factory stages,
    InetSocketAddress listen,
    List<InetAddress> alsoListen,
    String serviceCidr,
    PortRange nodePorts,
    int mostReads,
    int mostWrites,
    Duration historyKept,
    Duration eventTtl,
    InstantSource clock) {

  /** Ports from the first to the last, both included. */
  public record PortRange(int first, int last) {}

  /** Refuses nulls. */
  public ServerConfig {
    requireNonNull(store, "store");
    requireNonNull(pki, "pki");
    requireNonNull(stages, "stages");
    requireNonNull(listen, "listen");
    requireNonNull(serviceCidr, "serviceCidr");
    requireNonNull(nodePorts, "nodePorts");
    requireNonNull(historyKept, "historyKept");
    requireNonNull(eventTtl, "eventTtl");
    requireNonNull(clock, "clock");
  }

  /** Upstream's defaults, on any free port of the loopback interface. */
  public static ServerConfig of(Store store, ServerPki pki, Stages.Factory stages) {
    return new ServerConfig(
        store,
        pki,
        stages,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        List.of(),
        "10.43.0.0/16",
        new PortRange(30000, 32767),
        400,
        200,
        Duration.ofMinutes(5),
        Duration.ofHours(1),
        InstantSource.system());
  }

  /** Listens there instead. */
  public ServerConfig listeningOn(InetSocketAddress address) {
    return new ServerConfig(
        store,
        pki,
        stages,
        address,
        alsoListen,
        serviceCidr,
        nodePorts,
        mostReads,
        mostWrites,
        historyKept,
        eventTtl,
        clock);
  }

  /** Gives services addresses of that range instead. */
  public ServerConfig withServices(String cidr) {
    return new ServerConfig(
        store,
        pki,
        stages,
        listen,
        alsoListen,
        cidr,
        nodePorts,
        mostReads,
        mostWrites,
        historyKept,
        eventTtl,
        clock);
  }

  /** Listens on these addresses too. */
  public ServerConfig alsoListeningOn(List<InetAddress> addresses) {
    return new ServerConfig(
        store,
        pki,
        stages,
        listen,
        List.copyOf(addresses),
        serviceCidr,
        nodePorts,
        mostReads,
        mostWrites,
        historyKept,
        eventTtl,
        clock);
  }
}
