package dev.mokha.network.bridges.sandboxes;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.naming.NameServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few namespaces that are made before anybody asks: whoever starts a container waits neither for
 * the kernel to make one nor for a thread to go inside. They are held by descriptors alone, and go
 * with the process.
 */
public final class PreparedNamespaces implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PreparedNamespaces.class);
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");
  private static final int LOOPBACK = 1;
  private static final int READY = 2;

  private final Executor background;
  private final ConcurrentLinkedQueue<Prepared> ready = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** Makes the first ones on the executor, and then one for each that is taken. */
  public PreparedNamespaces(Executor background) {
    this.background = requireNonNull(background, "background");
    for (int i = 0; i < READY; i++) {
      refill();
    }
  }

  /**
   * A namespace with its loopback link up.
   *
   * @param namespace holds it
   * @param inside speaks for it, from any thread
   * @param sockets for names
   */
  public record Prepared(FileDescriptor namespace, RouteNetlink inside, NameServer.Sockets sockets)
      implements AutoCloseable {
    @Override
    public void close() {
      namespace.close();
      inside.close();
      sockets.close();
    }
  }

  /** Takes one, if one is ready. */
  public Optional<Prepared> take() {
    Optional<Prepared> taken = Optional.ofNullable(ready.poll());
    if (taken.isPresent()) {
      refill();
    }
    return taken;
  }

  private void refill() {
    try {
      background.execute(this::add);
    } catch (RejectedExecutionException e) {
      LOG.debug("No more namespaces are prepared: it ends");
    }
  }

  private void add() {
    try {
      ready.add(Namespaces.callInNew(List.of(Kind.NET), PreparedNamespaces::prepare));
      if (closed) {
        close();
      }
    } catch (RuntimeException e) {
      // Whoever needs one makes it, and is told what is wrong.
      LOG.warn("No network namespace could be prepared: {}", e.getMessage());
    }
  }

  private static Prepared prepare() throws Exception {
    RouteNetlink inside = new RouteNetlink();
    try {
      inside.change(LOOPBACK, Link.Change.UP);
      NameServer.Sockets sockets = NameServer.Sockets.open();
      try {
        return new Prepared(FileDescriptor.open(OWN, FileDescriptor.READ_ONLY), inside, sockets);
      } catch (RuntimeException e) {
        sockets.close();
        throw e;
      }
    } catch (Exception e) {
      inside.close();
      throw e;
    }
  }

  @Override
  public void close() {
    closed = true;
    Prepared prepared;
    while ((prepared = ready.poll()) != null) {
      prepared.close();
    }
  }
}
