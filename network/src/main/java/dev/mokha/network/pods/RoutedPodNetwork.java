package dev.mokha.network.pods;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.UserNamespace;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.MacAddress;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.PodNetwork;
import dev.mokha.network.firewall.ElementMap;
import dev.mokha.network.firewall.Elements;
import dev.mokha.network.firewall.FirewallTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods on point-to-point links.
 *
 * <p>Inside, {@code eth0} has the pod's address alone (/32) and a default route over the link-local
 * address 169.254.1.1, which no one has: a permanent neighbour entry says that it is the host's
 * end. Outside, a /32 route and a permanent neighbour entry lead to the pod. So no ARP is ever
 * sent, and every packet is routed by the host and sees its nftables.
 *
 * <p>The pins are {@code runDir/pods/POD-UID/{net,ipc,uts}}.
 */
public final class RoutedPodNetwork implements PodNetwork {
  /** Marks Mokha's routes and rules in the kernel (rtm_protocol). */
  public static final int ROUTE_PROTOCOL = 109;

  private static final Logger LOG = LoggerFactory.getLogger(RoutedPodNetwork.class);
  private static final InetAddress GATEWAY = InetAddress.ofLiteral("169.254.1.1");
  private static final Prefix EVERYWHERE = Prefix.parse("0.0.0.0/0");
  private static final MacAddress HOST_MAC = new MacAddress(0xeeeeeeeeeeeeL);
  private static final String INSIDE = "eth0";

  /** The namespaces a pod has of its own before its containers are there. */
  private static final List<Kind> OWN = List.of(Kind.NET, Kind.IPC, Kind.UTS);

  private final Settings settings;
  private final RouteNetlink netlink;
  private final FirewallTable table;
  private final AttachmentStore store;
  private final AddressPool pool;
  private final Map<String, AttachmentRecord> records = new ConcurrentHashMap<>();
  private final ReentrantLock[] locks = new ReentrantLock[64];

  /**
   * What it is made from.
   *
   * @param instance goes into the links' names
   * @param stateDir records that survive a reboot
   * @param runDir pins of namespaces
   * @param podCidr this host's pods
   * @param nodeAddress from where the host talks to pods
   * @param mtu of pods' links
   */
  public record Settings(
      String instance,
      Path stateDir,
      Path runDir,
      Prefix podCidr,
      InetAddress nodeAddress,
      int mtu) {
    /** Refuses nulls. */
    public Settings {
      requireNonNull(instance, "instance");
      requireNonNull(nodeAddress, "nodeAddress");
    }
  }

  /** Takes over what is on record. */
  public RoutedPodNetwork(Settings settings, RouteNetlink netlink, FirewallTable table) {
    this.settings = requireNonNull(settings, "settings");
    this.netlink = requireNonNull(netlink, "netlink");
    this.table = requireNonNull(table, "table");
    Arrays.setAll(locks, i -> new ReentrantLock());
    this.store = new AttachmentStore(settings.stateDir());
    this.pool = new AddressPool(settings.podCidr());
    store.load().forEach(record -> records.put(record.podUid(), record));
    pool.restore(
        store.restedAddresses(), records.values().stream().map(AttachmentRecord::address).toList());
    Map<String, Elements> elements = new HashMap<>();
    records.values().forEach(record -> elements.put(owner(record.podUid()), elements(record)));
    table.note(elements);
    table.replace(Set.of(ElementMap.HAIRPINS, ElementMap.HOST_PORTS, ElementMap.HOST_PORTS_BOUND));
  }

  @Override
  public Attachment attach(Request request) {
    checkUid(request.podUid());
    ReentrantLock lock = lock(request.podUid());
    try {
      Optional<Attachment> present = find(request.podUid());
      if (present.isPresent()) {
        return present.get();
      }
      long start = System.nanoTime();
      AttachmentRecord record = record(request);
      try {
        discard(record);
        store.save(record);
        connect(record);
        table.update(Map.of(owner(record.podUid()), elements(record)));
      } catch (RuntimeException e) {
        giveUp(record, e);
        throw e;
      }
      records.put(record.podUid(), record);
      LOG.debug(
          "Pod {}/{} has {} after {} us",
          record.namespace(),
          record.name(),
          record.address(),
          (System.nanoTime() - start) / 1000);
      return attachment(record);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<Attachment> find(String podUid) {
    AttachmentRecord record = records.get(podUid);
    if (record == null
        || !Namespaces.isPinned(pin(podUid, Kind.NET))
        || !Namespaces.isPinned(pin(podUid, Kind.IPC))
        || !Namespaces.isPinned(pin(podUid, Kind.UTS))
        || netlink.link(record.interfaceName()).filter(Link::up).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(attachment(record));
  }

  @Override
  public List<String> podUids() {
    return List.copyOf(records.keySet());
  }

  @Override
  public void detach(String podUid) {
    ReentrantLock lock = lock(podUid);
    try {
      AttachmentRecord record = records.get(podUid);
      if (record == null) {
        return;
      }
      table.update(Map.of(owner(podUid), Elements.NONE));
      // The link goes with the namespace: the kernel takes many away in one go and in the
      // background, while deleting a link here takes tens of milliseconds and stops other pods'.
      netlink.deleteRoute(
          Route.direct(Prefix.of(InetAddress.ofLiteral(record.address())), 0, ROUTE_PROTOCOL));
      unpin(podUid);
      forget(record);
      records.remove(podUid);
    } finally {
      lock.unlock();
    }
  }

  /** Takes all pods' networks away, those of links that no record knows too. */
  public void wipe() {
    podUids().forEach(this::detach);
    for (Link link : netlink.links()) {
      if (link.name().startsWith(linkPrefix())) {
        netlink.deleteLink(link.name());
      }
    }
    store.wipe();
    Path pins = settings.runDir().resolve("pods");
    Mounts.unmountTree(pins);
    if (Files.exists(pins)) {
      try (var files = Files.walk(pins)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Can't remove " + pins, e);
      }
    }
  }

  private AttachmentRecord record(Request request) {
    AttachmentRecord old = records.get(request.podUid());
    return new AttachmentRecord(
        AttachmentRecord.FORMAT,
        request.podUid(),
        request.namespace(),
        request.name(),
        request.hostname(),
        request.sysctls(),
        request.hostPorts(),
        old != null && settings.podCidr().contains(InetAddress.ofLiteral(old.address()))
            ? old.address()
            : takeAddress(),
        linkPrefix() + hash(request.podUid()).substring(0, 9),
        request.userNamespace());
  }

  private String takeAddress() {
    synchronized (pool) {
      return pool.next()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "All pod addresses of "
                          + settings.podCidr()
                          + " are taken; give the node a larger podCIDR or run fewer pods"))
          .getHostAddress();
    }
  }

  private void connect(AttachmentRecord record) {
    Map<Kind, Path> pins = new EnumMap<>(Kind.class);
    for (Kind kind : OWN) {
      pins.put(kind, pin(record.podUid(), kind));
    }
    InetAddress address = InetAddress.ofLiteral(record.address());
    MacAddress mac = mac(address);
    inNew(
        pins,
        record.userNamespace(),
        () -> {
          Namespaces.setHostname(record.hostname());
          try (FileDescriptor here =
              FileDescriptor.open(Path.of("/proc/thread-self/ns/net"), FileDescriptor.READ_ONLY)) {
            netlink.createVeth(
                new Link.VethPair(record.interfaceName(), HOST_MAC, INSIDE, mac, settings.mtu()),
                here);
          }
          try (RouteNetlink inside = new RouteNetlink()) {
            connectInside(inside, address);
          }
          record.sysctls().forEach(RoutedPodNetwork::setSysctl);
          return null;
        });
    connectOutside(record, address, mac);
  }

  private static void inNew(Map<Kind, Path> pins, String users, Callable<Void> inside) {
    if (users.isEmpty()) {
      Namespaces.create(pins, inside);
      return;
    }
    UserNamespace.createIn(Path.of(users), pins);
    try {
      Namespaces.call(pins, inside);
    } catch (RuntimeException e) {
      pins.values().forEach(Namespaces::unpin);
      throw e;
    }
  }

  private static void connectInside(RouteNetlink inside, InetAddress address) {
    inside.change(1, Link.Change.UP);
    int index = inside.link(INSIDE).orElseThrow().index();
    inside.change(index, new Link.Change(true, "", true, List.of()));
    inside.addAddress(new RouteNetlink.LinkAddress(index, address, 32, false));
    inside.setNeighbour(index, GATEWAY, HOST_MAC);
    inside.replaceRoute(Route.direct(Prefix.of(GATEWAY), index, ROUTE_PROTOCOL));
    inside.replaceRoute(Route.via(EVERYWHERE, GATEWAY, index, ROUTE_PROTOCOL).from(address));
  }

  private void connectOutside(AttachmentRecord record, InetAddress address, MacAddress mac) {
    int index =
        netlink
            .link(record.interfaceName())
            .orElseThrow(
                () -> new IllegalStateException("The link " + record.interfaceName() + " is gone"))
            .index();
    netlink.change(
        index,
        new Link.Change(
            true,
            "mokha " + record.namespace() + "/" + record.name(),
            true,
            List.of(
                // A pod can't send under another's address.
                new Link.Ipv4Setting(Link.Ipv4Conf.RP_FILTER, 1),
                // 127.0.0.1 and a NodePort or hostPort lead to a pod; the table's guard keeps
                // packets for 127.0.0.0/8 from coming in.
                new Link.Ipv4Setting(Link.Ipv4Conf.ROUTE_LOCALNET, 1))));
    netlink.setNeighbour(index, address, mac);
    netlink.replaceRoute(
        Route.direct(Prefix.of(address), index, ROUTE_PROTOCOL).from(settings.nodeAddress()));
  }

  private static void setSysctl(String name, String value) {
    // Some names have a dot in a part, written as a slash: net/ipv4/conf/eth0.5/forwarding.
    Path file =
        Path.of("/proc/sys").resolve(name.indexOf('/') >= 0 ? name : name.replace('.', '/'));
    try {
      Files.writeString(file.normalize(), value);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't set sysctl " + name + " to " + value, e);
    }
  }

  /** Takes away what of the attachment is in the kernel. */
  private void discard(AttachmentRecord record) {
    // The routes go with the link.
    netlink.deleteLink(record.interfaceName());
    unpin(record.podUid());
  }

  private void unpin(String podUid) {
    for (Kind kind : OWN) {
      Namespaces.unpin(pin(podUid, kind));
    }
    try {
      Files.deleteIfExists(pin(podUid, Kind.NET).getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove the directory of pod " + podUid, e);
    }
  }

  private void forget(AttachmentRecord record) {
    store.remove(record.podUid());
    synchronized (pool) {
      pool.release(InetAddress.ofLiteral(record.address()));
      store.saveRested(pool.restedAddresses());
    }
  }

  /** Takes back what a failed attachment made; what fails of that is told with the cause. */
  private void giveUp(AttachmentRecord record, RuntimeException cause) {
    try {
      discard(record);
      forget(record);
      records.remove(record.podUid());
      table.update(Map.of(owner(record.podUid()), Elements.NONE));
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private static Elements elements(AttachmentRecord record) {
    Elements.Builder elements = new Elements.Builder();
    elements.add(ElementMap.HAIRPINS, record.address() + " . " + record.address());
    for (HostPort port : record.hostPorts()) {
      String backend = record.address() + " . " + port.containerPort();
      String key =
          (port.protocol() == null || port.protocol().isEmpty()
                  ? "tcp"
                  : port.protocol().toLowerCase(Locale.ROOT))
              + " . "
              + port.hostPort();
      String host = port.hostAddress();
      if (host == null || host.isEmpty() || host.equals("0.0.0.0")) {
        elements.put(ElementMap.HOST_PORTS, key, backend);
      } else if (host.indexOf(':') < 0) {
        elements.put(ElementMap.HOST_PORTS_BOUND, host + " . " + key, backend);
      }
    }
    return elements.build();
  }

  private Attachment attachment(AttachmentRecord record) {
    return new Attachment(
        record.podUid(),
        InetAddress.ofLiteral(record.address()),
        pin(record.podUid(), Kind.NET),
        pin(record.podUid(), Kind.IPC),
        pin(record.podUid(), Kind.UTS),
        record.interfaceName());
  }

  private ReentrantLock lock(String podUid) {
    ReentrantLock lock = locks[Math.floorMod(podUid.hashCode(), locks.length)];
    lock.lock();
    return lock;
  }

  private static String owner(String podUid) {
    return "pod/" + podUid;
  }

  private Path pin(String podUid, Kind kind) {
    return settings.runDir().resolve("pods").resolve(podUid).resolve(kind.file());
  }

  private String linkPrefix() {
    return "mk" + hash(settings.instance()).substring(0, 4);
  }

  private static MacAddress mac(InetAddress address) {
    byte[] a = address.getAddress();
    // Locally administered; the address makes it unique on the host.
    return MacAddress.of(new byte[] {0x0a, 0x58, a[0], a[1], a[2], a[3]});
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static void checkUid(String uid) {
    if (!uid.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")) {
      throw new IllegalArgumentException("Not a pod's uid: " + uid);
    }
  }
}
