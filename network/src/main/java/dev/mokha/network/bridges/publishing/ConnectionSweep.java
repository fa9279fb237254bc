package dev.mokha.network.bridges.publishing;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Conntrack;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the kernel forget connections to ports that are no more published: a client that goes on
 * sending datagrams from its port would be led to the container that is gone for as long as it
 * sends. The kernel walks all of its table for that, some ten milliseconds, so that it is done in
 * the background and for all that came together.
 */
public final class ConnectionSweep {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionSweep.class);
  private static final long GATHER_MILLIS = 20;

  private final Conntrack conntrack;
  private final Set<Target> waiting = new HashSet<>();
  private final ScheduledExecutorService background;

  /**
   * Where connections led.
   *
   * @param protocol number, such as 17 for UDP
   * @param hostPort the port outside
   * @param container who answered
   */
  public record Target(int protocol, int hostPort, InetAddress container) {}

  /** Of the namespace that the socket speaks for. */
  public ConnectionSweep(Conntrack conntrack, ScheduledExecutorService background) {
    this.conntrack = requireNonNull(conntrack, "conntrack");
    this.background = requireNonNull(background, "background");
  }

  /** Forgets connections soon. */
  public void forget(Set<Target> targets) {
    synchronized (waiting) {
      boolean first = waiting.isEmpty();
      waiting.addAll(targets);
      if (first && !waiting.isEmpty() && !background.isShutdown()) {
        background.schedule(this::sweep, GATHER_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  private void sweep() {
    Set<Target> targets;
    synchronized (waiting) {
      targets = Set.copyOf(waiting);
      waiting.clear();
    }
    try {
      if (targets.stream().anyMatch(target -> target.container().getAddress().length == 4)) {
        conntrack.delete(connection -> isOf(connection, targets));
      }
      if (targets.stream().anyMatch(target -> target.container().getAddress().length == 16)) {
        conntrack.delete6(connection -> isOf(connection, targets));
      }
    } catch (RuntimeException e) {
      // They time out.
      LOG.debug("Connections to ports that are no more published are not forgotten", e);
    }
  }

  private static boolean isOf(Conntrack.Connection connection, Set<Target> targets) {
    return connection.destinationTranslated()
        && targets.contains(
            new Target(
                connection.original().protocol(),
                connection.original().destinationPort(),
                connection.reply().source()));
  }
}
