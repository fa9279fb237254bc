package dev.mokha.server;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.audit.AuditConfig;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.server.presence.ServerPresence;
import dev.mokha.store.Store;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * How a server is to be set up. Immutable; {@link #builder} begins with upstream's defaults.
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
 * @param self who this server is among those of its cluster, if it is to say so
 * @param audit what is audited and where to; null for nothing
 * @param clock what time it is
 * @param encryption which stored values are encrypted
 * @param shutdown how long an end in good order may take
 * @param patience how long connections may be silent
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
    Optional<ServerPresence.Self> self,
    AuditConfig audit,
    InstantSource clock,
    Encryption encryption,
    Shutdown shutdown,
    Patience patience) {

  /**
   * How the server ends.
   *
   * @param delay between {@code /readyz} saying so and the first refusal, so that whoever spreads
   *     requests over several servers can look elsewhere; upstream's shutdown-delay-duration
   * @param drain how long requests that are under way may take then
   */
  public record Shutdown(Duration delay, Duration drain) {
    /** At once. */
    public static final Shutdown AT_ONCE = new Shutdown(Duration.ZERO, Duration.ZERO);
  }

  /**
   * How long a connection of HTTP/1.1 may be silent, as upstream has it.
   *
   * @param head for the head of a request, from its first byte on, and of the first one from the
   *     beginning of the connection on
   * @param idle between two requests
   */
  public record Patience(Duration head, Duration idle) {
    /** Upstream's. */
    public static final Patience STANDARD =
        new Patience(Duration.ofSeconds(32), Duration.ofSeconds(90));
  }

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
    requireNonNull(self, "self");
    requireNonNull(clock, "clock");
    requireNonNull(encryption, "encryption");
    requireNonNull(shutdown, "shutdown");
    requireNonNull(patience, "patience");
  }

  /** Upstream's defaults, on any free port of the loopback interface. */
  public static ServerConfig of(Store store, ServerPki pki, Stages.Factory stages) {
    return builder(store, pki, stages).build();
  }

  /** Upstream's defaults, on any free port of the loopback interface, to be changed. */
  public static Builder builder(Store store, ServerPki pki, Stages.Factory stages) {
    return new Builder(store, pki, stages);
  }

  /** A configuration under way; every setting begins with upstream's default. */
  public static final class Builder {
    private final Store store;
    private final ServerPki pki;
    private final Stages.Factory stages;
    private InetSocketAddress listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private List<InetAddress> alsoListen = List.of();
    private String serviceCidr = "10.43.0.0/16";
    private final PortRange nodePorts = new PortRange(30000, 32767);
    private final int mostReads = 400;
    private final int mostWrites = 200;
    private final Duration historyKept = Duration.ofMinutes(5);
    private final Duration eventTtl = Duration.ofHours(1);
    private Optional<ServerPresence.Self> self = Optional.empty();
    private final InstantSource clock = InstantSource.system();
    private Encryption encryption = Encryption.NONE;
    private Shutdown shutdown = Shutdown.AT_ONCE;
    private Patience patience = Patience.STANDARD;

    private AuditConfig audit;

    private Builder(Store store, ServerPki pki, Stages.Factory stages) {
      this.store = store;
      this.pki = pki;
      this.stages = stages;
    }

    /** Listens there. */
    public Builder listen(InetSocketAddress address) {
      listen = address;
      return this;
    }

    /** Listens on these addresses too, on the same port. */
    public Builder alsoListen(List<InetAddress> addresses) {
      alsoListen = List.copyOf(addresses);
      return this;
    }

    /** Gives services addresses of that range, such as {@code 10.43.0.0/16}. */
    public Builder serviceCidr(String cidr) {
      serviceCidr = cidr;
      return this;
    }

    /** Says in the cluster that this server is there, and as who. */
    public Builder self(ServerPresence.Self identity) {
      self = Optional.of(identity);
      return this;
    }

    /** Encrypts what is stored. */
    public Builder encryption(Encryption values) {
      encryption = values;
      return this;
    }

    /** Takes so long to end in good order. */
    public Builder shutdown(Shutdown how) {
      shutdown = how;
      return this;
    }

    /** Bears with silent connections for so long. */
    public Builder patience(Patience limits) {
      patience = limits;
      return this;
    }

    /** Keeps an audit. */
    public Builder audit(AuditConfig config) {
      audit = config;
      return this;
    }

    /** The configuration. */
    public ServerConfig build() {
      return new ServerConfig(
          store,
          pki,
          stages,
          listen,
          alsoListen,
          serviceCidr,
          nodePorts,
          mostReads,
          mostWrites,
          historyKept,
          eventTtl,
          self,
          audit,
          clock,
          encryption,
          shutdown,
          patience);
    }
  }
}
