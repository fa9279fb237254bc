package dev.mokha.network;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.linux.Capability;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.MacAddress;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * A host in a network namespace of its own, 192.168.77.1, and a client outside the cluster beside
 * it, 192.168.77.2. Nothing of it touches the machine's own network.
 */
public final class Lab implements AutoCloseable {
  /** The host. */
  public static final InetAddress NODE = InetAddress.ofLiteral("192.168.77.1");

  /** The client. */
  public static final InetAddress OUTSIDE = InetAddress.ofLiteral("192.168.77.2");

  private final Path directory;
  private final Path host;
  private final Path outside;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Makes both; pins are below the directory. */
  public Lab(Path directory) {
    assumeTrue(
        Capability.effective().contains(Capability.SYS_ADMIN),
        "needs root: it makes network namespaces");
    this.directory = directory;
    this.host = directory.resolve("host");
    this.outside = directory.resolve("outside");
    Namespaces.create(Map.of(Kind.NET, outside), () -> up(1));
    Namespaces.create(
        Map.of(Kind.NET, host),
        () -> {
          try (RouteNetlink netlink = new RouteNetlink();
              FileDescriptor far = FileDescriptor.open(outside, FileDescriptor.READ_ONLY)) {
            netlink.change(1, Link.Change.UP);
            netlink.createVeth(
                new Link.VethPair(
                    "uplink",
                    new MacAddress(0x020000000001L),
                    "eth0",
                    new MacAddress(0x020000000002L),
                    1500),
                far);
            int index = netlink.link("uplink").orElseThrow().index();
            netlink.addAddress(new RouteNetlink.LinkAddress(index, NODE, 24, false));
            netlink.change(index, Link.Change.UP);
          }
          return null;
        });
    Namespaces.call(
        Map.of(Kind.NET, outside),
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            int index = netlink.link("eth0").orElseThrow().index();
            netlink.addAddress(new RouteNetlink.LinkAddress(index, OUTSIDE, 24, false));
            netlink.change(index, Link.Change.UP);
            // What only the cluster's own side should need: Services seen from outside.
            netlink.replaceRoute(Route.via(Prefix.parse("10.43.0.0/16"), NODE, index, 4));
          }
          return null;
        });
  }

  private static Void up(int index) {
    try (RouteNetlink netlink = new RouteNetlink()) {
      netlink.change(index, Link.Change.UP);
    }
    return null;
  }

  /** Of the host. */
  public HostNetwork.Config config() {
    return new HostNetwork.Config(
        "lab",
        "node-1",
        directory.resolve("state"),
        directory.resolve("run"),
        "10.42.0.0/24",
        "10.42.0.0/16",
        "10.43.0.0/16",
        InetAddress.ofLiteral("10.43.0.10"),
        "cluster.local",
        NODE,
        List.of(),
        List.of(),
        Map.of());
  }

  /** A second node, 192.168.78.2, in a namespace that only the host is linked to. */
  Path addNode() {
    Path second = directory.resolve("second");
    Namespaces.create(Map.of(Kind.NET, second), () -> up(1));
    InetAddress address = InetAddress.ofLiteral("192.168.78.2");
    onHost(
        () -> {
          try (RouteNetlink netlink = new RouteNetlink();
              FileDescriptor far = FileDescriptor.open(second, FileDescriptor.READ_ONLY)) {
            netlink.createVeth(
                new Link.VethPair(
                    "second",
                    new MacAddress(0x020000000003L),
                    "eth0",
                    new MacAddress(0x020000000004L),
                    1500),
                far);
            int index = netlink.link("second").orElseThrow().index();
            netlink.change(index, Link.Change.UP);
            netlink.replaceRoute(Route.direct(Prefix.of(address), index, 4));
          }
          return null;
        });
    in(
        second,
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            int index = netlink.link("eth0").orElseThrow().index();
            netlink.change(index, Link.Change.UP);
            netlink.addAddress(new RouteNetlink.LinkAddress(index, address, 32, false));
            netlink.replaceRoute(Route.direct(Prefix.of(NODE), index, 4));
            netlink.replaceRoute(Route.via(Prefix.parse("0.0.0.0/0"), NODE, index, 4).withOnLink());
          }
          return null;
        });
    return second;
  }

  HostNetwork.Config secondConfig() {
    HostNetwork.Config first = config();
    return new HostNetwork.Config(
        "lab-2",
        "node-2",
        directory.resolve("state-2"),
        directory.resolve("run-2"),
        "10.42.1.0/24",
        first.clusterCidr(),
        first.serviceCidr(),
        first.dnsServiceAddress(),
        first.clusterDomain(),
        InetAddress.ofLiteral("192.168.78.2"),
        List.of(),
        List.of(),
        Map.of());
  }

  /** The host's namespace. */
  public Path host() {
    return host;
  }

  /** The client's namespace. */
  public Path outside() {
    return outside;
  }

  /** Runs something on the host. */
  public <T> T onHost(Callable<T> work) {
    return Namespaces.call(Map.of(Kind.NET, host), work);
  }

  /** Runs something in a namespace. */
  public <T> T in(Path namespace, Callable<T> work) {
    return Namespaces.call(Map.of(Kind.NET, namespace), work);
  }

  /** A pod on the host. */
  public PodNetwork.Attachment attach(
      HostNetwork network, String uid, PodNetwork.HostPort... ports) {
    return attach(host, network, uid, ports);
  }

  PodNetwork.Attachment attach(
      Path node, HostNetwork network, String uid, PodNetwork.HostPort... ports) {
    return in(
        node,
        () ->
            network
                .pods()
                .attach(
                    new PodNetwork.Request(uid, "default", uid, uid, Map.of(), List.of(ports))));
  }

  /** A server in a namespace that answers each connection with its name and who asked. */
  public void serveTcp(Path namespace, int port, String name) {
    serveTcp(namespace, "0.0.0.0", port, name);
  }

  /** The same for both families. */
  public void serveTcp6(Path namespace, int port, String name) {
    serveTcp(namespace, "::", port, name);
  }

  private void serveTcp(Path namespace, String address, int port, String name) {
    ServerSocket server =
        in(namespace, () -> new ServerSocket(port, 50, InetAddress.ofLiteral(address)));
    opened.push(server);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              while (true) {
                try (Socket client = server.accept()) {
                  String answer = name + " " + client.getInetAddress().getHostAddress();
                  client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  /** A server in a namespace that answers each datagram with its name. */
  public void serveUdp(Path namespace, int port, String name) {
    DatagramSocket server =
        in(namespace, () -> new DatagramSocket(port, InetAddress.ofLiteral("0.0.0.0")));
    opened.push(server);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              byte[] answer = name.getBytes(StandardCharsets.UTF_8);
              while (true) {
                try {
                  DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                  server.receive(packet);
                  server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  /** What a TCP server says: its name and whom it saw. */
  public String ask(Path namespace, String address, int port) {
    return in(
        namespace,
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 3000);
            socket.setSoTimeout(3000);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            return e.getClass().getSimpleName();
          }
        });
  }

  /** What a UDP server says. */
  public static String ask(DatagramSocket socket, String address, int port) {
    try {
      socket.setSoTimeout(300);
      socket.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.ofLiteral(address), port));
      DatagramPacket answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }

  /** What a DNS server says of a name, as text. */
  public String resolve(Path namespace, String server, String name) {
    return resolve(namespace, server, name, Type.A);
  }

  /** The same of another type of record. */
  public String resolve(Path namespace, String server, String name, int type) {
    return in(
        namespace,
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            byte[] query =
                Message.newQuery(Record.newRecord(Name.fromConstantString(name), type, DClass.IN))
                    .toWire();
            socket.setSoTimeout(1000);
            socket.send(new DatagramPacket(query, query.length, InetAddress.ofLiteral(server), 53));
            DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
            socket.receive(answer);
            return new Message(java.util.Arrays.copyOf(answer.getData(), answer.getLength()))
                .toString();
          } catch (IOException e) {
            return e.getClass().getSimpleName();
          }
        });
  }

  /** The name alone. */
  public String who(Path namespace, String address, int port) {
    return ask(namespace, address, port).split(" ")[0];
  }

  @Override
  public void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    Mounts.unmountTree(directory);
  }
}
