package dev.mokha.network.bridges.sandboxes;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.KernelFile;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.MacAddress;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers' network namespaces, pinned at {@code runDir/sandboxes/CONTAINER-ID/net}, and the veth
 * pairs between them and bridges.
 */
public final class SandboxLinks {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxLinks.class);
  private static final int LOOPBACK = 1;
  private static final Prefix EVERYWHERE4 = Prefix.parse("0.0.0.0/0");
  private static final Prefix EVERYWHERE6 = Prefix.parse("::/0");
  private static final int BOOT = 3;
  private static final Path BRIDGE_FILTER = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

  private final String instance;
  private final Path pins;
  private final RouteNetlink netlink;

  /** Sandboxes beside the namespace that the netlink socket speaks for. */
  public SandboxLinks(String instance, Path runDir, RouteNetlink netlink) {
    this.instance = requireNonNull(instance, "instance");
    this.pins = requireNonNull(runDir, "runDir").resolve("sandboxes");
    this.netlink = requireNonNull(netlink, "netlink");
  }

  /**
   * How an endpoint is connected.
   *
   * @param bridge the bridge's name
   * @param isolated whether it can't talk to others of the bridge
   * @param mtu of both ends, in bytes
   */
  public record Port(String bridge, boolean isolated, int mtu) {}

  /**
   * Where packets leave a sandbox.
   *
   * @param ipv4 through which endpoint; empty for none
   * @param ipv6 the same of IPv6
   */
  public record Gateways(Optional<Endpoint> ipv4, Optional<Endpoint> ipv6) {}

  /** Where a container's namespace is pinned. */
  public Path pin(String containerId) {
    return pins.resolve(containerId).resolve("net");
  }

  /** Whether a container's namespace is there. */
  public boolean exists(String containerId) {
    return Namespaces.isPinned(pin(containerId));
  }

  /** Makes a namespace with its loopback link up. */
  public void create(String containerId) {
    Namespaces.create(
        Map.of(Kind.NET, pin(containerId)),
        () -> {
          loopbackUp();
          return null;
        });
  }

  /** Takes a namespace that was prepared. */
  public void pin(String containerId, PreparedNamespaces.Prepared prepared) {
    Namespaces.pin(
        Path.of("/proc/thread-self/fd/" + prepared.namespace().number()), pin(containerId));
  }

  /** Takes a namespace that someone else made. */
  public void adopt(String containerId, Path namespace) {
    Namespaces.pin(namespace, pin(containerId));
    enter(
        containerId,
        () -> {
          loopbackUp();
          return null;
        });
  }

  private static void loopbackUp() {
    try (RouteNetlink inside = new RouteNetlink()) {
      inside.change(LOOPBACK, Link.Change.UP);
    }
  }

  /** Runs something inside a container's namespace, on a thread that is thrown away. */
  public <T> T enter(String containerId, Callable<T> inside) {
    return Namespaces.call(Map.of(Kind.NET, pin(containerId)), inside);
  }

  /**
   * Makes an endpoint's veth pair where it is missing: the far end is configured by {@link
   * #configure}.
   */
  public void connect(Endpoint endpoint, Port port) {
    Link bridge =
        netlink
            .link(port.bridge())
            .orElseThrow(
                () -> new IllegalStateException("The bridge " + port.bridge() + " is gone"));
    try (FileDescriptor namespace =
        FileDescriptor.open(pin(endpoint.containerId()), FileDescriptor.READ_ONLY)) {
      netlink.createVeth(
          new Link.VethPair(
              endpoint.hostInterfaceName(),
              hostMac(endpoint),
              endpoint.interfaceName(),
              mac(endpoint.macAddress()),
              port.mtu()),
          namespace,
          bridge.index());
    }
    int index = netlink.link(endpoint.hostInterfaceName()).orElseThrow().index();
    if (port.isolated()) {
      netlink.isolatePort(index);
    } else if (bridgedPacketsAreFiltered()) {
      // A container that reaches itself through a published port: its packet is translated while
      // it is still on the bridge, and would have to go back through the port it came from.
      netlink.reflectPort(index);
    }
    // The far end is still down: there is no carrier yet on which it would get an IPv6 address.
    netlink.change(
        index,
        new Link.Change(true, "mokha " + instance + " endpoint " + endpoint.id(), true, List.of()));
    // Who had the address before may have been at another port.
    netlink.setForwarding(index, mac(endpoint.macAddress()));
  }

  /** Whether someone of this host, dockerd for one, has the kernel filter what bridges carry. */
  private static boolean bridgedPacketsAreFiltered() {
    try {
      return Files.exists(BRIDGE_FILTER) && KernelFile.read(BRIDGE_FILTER).equals("1");
    } catch (IOException e) {
      return false;
    }
  }

  /** Gives an endpoint's end in the sandbox its addresses; call it on a thread inside. */
  public static void configure(RouteNetlink inside, Endpoint endpoint) {
    Link link = inside.link(endpoint.interfaceName()).orElseThrow();
    int index = link.index();
    inside.change(
        index,
        new Link.Change(
            link.up(),
            "",
            true,
            // Whoever had the address before may have been at another port of the bridge.
            List.of(new Link.Ipv4Setting(Link.Ipv4Conf.ARP_NOTIFY, 1))));
    if (!endpoint.ipv4Address().isEmpty()) {
      inside.addAddress(
          new RouteNetlink.LinkAddress(
              index,
              InetAddress.ofLiteral(endpoint.ipv4Address()),
              endpoint.ipv4PrefixLength(),
              false));
    }
    if (!endpoint.ipv6Address().isEmpty()) {
      inside.addAddress(
          new RouteNetlink.LinkAddress(
              index,
              InetAddress.ofLiteral(endpoint.ipv6Address()),
              endpoint.ipv6PrefixLength(),
              false));
    }
    inside.change(index, Link.Change.UP);
  }

  /** Sets where packets leave the sandbox; call it on a thread inside. */
  public static void route(RouteNetlink inside, Gateways gateways) {
    gateways
        .ipv4()
        .ifPresent(endpoint -> defaultRoute(inside, EVERYWHERE4, endpoint, endpoint.ipv4Gateway()));
    gateways
        .ipv6()
        .ifPresent(endpoint -> defaultRoute(inside, EVERYWHERE6, endpoint, endpoint.ipv6Gateway()));
  }

  private static void defaultRoute(
      RouteNetlink inside, Prefix everywhere, Endpoint endpoint, String gateway) {
    int index = inside.link(endpoint.interfaceName()).orElseThrow().index();
    inside.replaceRoute(Route.via(everywhere, InetAddress.ofLiteral(gateway), index, BOOT));
  }

  /**
   * Has an endpoint whose namespace goes be silent at once, whenever the kernel comes to take its
   * links away: another may have its address then.
   */
  public void silence(Endpoint endpoint) {
    if (endpoint.hostInterfaceName().isEmpty()) {
      return;
    }
    try {
      netlink
          .link(endpoint.hostInterfaceName())
          .filter(link -> link.master() != 0)
          .ifPresent(link -> netlink.disablePort(link.index()));
    } catch (LinuxException e) {
      LOG.debug("{} is gone already: {}", endpoint.hostInterfaceName(), e.getMessage());
    }
  }

  /** Takes an endpoint's veth pair away; what it had in the sandbox goes with it. */
  public void disconnect(Endpoint endpoint) {
    if (!endpoint.hostInterfaceName().isEmpty()) {
      netlink.deleteLink(endpoint.hostInterfaceName());
    }
  }

  /** What an endpoint has moved, from the host's side. */
  public Optional<Link.Counters> counters(Endpoint endpoint) {
    return netlink.counters(endpoint.hostInterfaceName());
  }

  /** Takes a namespace away. */
  public void remove(String containerId) {
    Namespaces.unpin(pin(containerId));
    try {
      Files.deleteIfExists(pins.resolve(containerId));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove the sandbox of " + containerId, e);
    }
  }

  /** All containers that have a directory here. */
  public List<String> containerIds() {
    if (!Files.isDirectory(pins)) {
      return List.of();
    }
    try (var files = Files.list(pins)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Can't list the sandboxes in " + pins, e);
    }
  }

  /** Removes the directory, which is empty by then but for pins nobody knows. */
  public void wipe() {
    containerIds().forEach(this::remove);
    Mounts.unmountTree(pins);
    try {
      Files.deleteIfExists(pins);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + pins, e);
    }
  }

  /** A hardware address as text. */
  public static MacAddress mac(String text) {
    return new MacAddress(Long.parseLong(text.replace(":", "").replace("-", ""), 16));
  }

  private static MacAddress hostMac(Endpoint endpoint) {
    // Locally administered, and the endpoint's own.
    return new MacAddress(0xfe0000000000L | Long.parseLong(endpoint.id().substring(0, 10), 16));
  }
}
