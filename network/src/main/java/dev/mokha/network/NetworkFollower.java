package dev.mokha.network;

import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.ends.Ends;
import dev.mokha.network.firewall.ElementMap;
import dev.mokha.network.firewall.Elements;
import dev.mokha.network.firewall.FirewallTable;
import dev.mokha.network.proxy.ServiceProxy;
import dev.mokha.network.routing.HostRoutes;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the API's changes to the kernel, on one thread of its own: events only say what to look
 * at, and what came together goes into one transaction. After a failure everything is compared
 * anew.
 */
final class NetworkFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkFollower.class);
  private static final String NODES = "nodes";
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * How often the table and the routes are looked for: whoever flushes all rules of the host takes
   * the one away, a link that goes down and up the others.
   */
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final String nodeName;
  private final Prefix podCidr;
  private final FirewallTable table;
  private final HostRoutes routes;
  private final ServiceProxy proxy;
  private final Informer<Node> nodes;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private final Set<String> services = new LinkedHashSet<>();
  private boolean nodesChanged = true;
  private boolean closed;
  private final Thread thread;

  NetworkFollower(
      String nodeName,
      Prefix podCidr,
      FirewallTable table,
      HostRoutes routes,
      ServiceProxy proxy,
      Informers informers) {
    this.nodeName = nodeName;
    this.podCidr = podCidr;
    this.table = table;
    this.routes = routes;
    this.proxy = proxy;
    this.nodes = informers.get(Kinds.NODE);
    // A platform thread: it makes system calls, and the namespace is the one it was started in.
    this.thread = Thread.ofPlatform().name("network-follower").daemon().unstarted(this::run);
  }

  void start() {
    proxy.listen(key -> signal(() -> services.add(key)));
    nodes.addHandler(
        new Informer.Handler<>() {
          @Override
          public void onAdd(Node node) {
            signal(() -> nodesChanged = true);
          }

          @Override
          public void onUpdate(Node before, Node after) {
            // A node's heartbeat says nothing of routes.
            if (!pods(before).equals(pods(after)) || !address(before).equals(address(after))) {
              signal(() -> nodesChanged = true);
            }
          }

          @Override
          public void onDelete(Node node) {
            signal(() -> nodesChanged = true);
          }
        });
    thread.start();
  }

  private void signal(Runnable change) {
    lock.lock();
    try {
      change.run();
      wake.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    boolean whole = true;
    while (true) {
      Set<String> changed;
      boolean routesToo;
      boolean check;
      lock.lock();
      try {
        long left = proxy.hasSynced() ? CHECK_NANOS : RETRY_NANOS / 50;
        while (!closed && services.isEmpty() && !nodesChanged && left > 0 && !whole) {
          left = wake.awaitNanos(left);
        }
        if (whole && !closed && !proxy.hasSynced()) {
          wake.awaitNanos(RETRY_NANOS / 50);
        }
        if (closed) {
          return;
        }
        check = left <= 0;
        changed = new LinkedHashSet<>(services);
        routesToo = (nodesChanged || check) && nodes.hasSynced();
        if (!whole || proxy.hasSynced()) {
          services.clear();
        }
        if (routesToo) {
          nodesChanged = false;
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        lock.unlock();
      }
      try {
        if (routesToo) {
          routes.connectNodes(otherNodes());
          table.update(Map.of(NODES, addresses()));
        }
        if (whole && proxy.hasSynced()) {
          proxy.synchronize();
          whole = false;
        } else if (!whole && !changed.isEmpty()) {
          proxy.changed(changed);
        } else if (!whole && check && !table.isInstalled()) {
          LOG.warn("The host's nftables rules were flushed; they are set up again");
          table.replaceAll();
        }
      } catch (RuntimeException e) {
        LOG.warn("The network could not be brought up to date, a new try follows", e);
        whole = true;
        signal(() -> nodesChanged = true);
        pause();
      }
    }
  }

  private void pause() {
    lock.lock();
    try {
      long left = RETRY_NANOS;
      while (!closed && left > 0) {
        left = wake.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** All nodes' addresses, this one's too. */
  private Elements addresses() {
    Elements.Builder elements = new Elements.Builder();
    for (Node node : nodes.list("")) {
      String address = address(node);
      if (!address.isEmpty()) {
        elements.add(ElementMap.NODES, address);
      }
    }
    return elements.build();
  }

  /** Other nodes' pods, with the address that leads there. */
  private Map<Prefix, InetAddress> otherNodes() {
    Map<Prefix, InetAddress> others = new HashMap<>();
    for (Node node : nodes.list("")) {
      String pods = pods(node);
      String address = address(node);
      if (!nodeName.equals(node.getMetadata().getName()) && !pods.isEmpty() && !address.isEmpty()) {
        try {
          Prefix range = Prefix.parse(pods);
          if (!range.equals(podCidr)) {
            others.put(range, InetAddress.ofLiteral(address));
          }
        } catch (IllegalArgumentException e) {
          LOG.warn(
              "Node {} has no usable addresses: {}", node.getMetadata().getName(), e.getMessage());
        }
      }
    }
    return others;
  }

  private static String pods(Node node) {
    String pods = node.getSpec() == null ? null : node.getSpec().getPodCIDR();
    return pods == null ? "" : pods;
  }

  private static String address(Node node) {
    if (node.getStatus() == null || node.getStatus().getAddresses() == null) {
      return "";
    }
    return node.getStatus().getAddresses().stream()
        .filter(address -> "InternalIP".equals(address.getType()))
        .map(NodeAddress::getAddress)
        .filter(address -> address.indexOf(':') < 0)
        .findFirst()
        .orElse("");
  }

  @Override
  public void close() {
    signal(() -> closed = true);
    Ends.join(thread);
  }
}
