package dev.mokha.network.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.FakeInformers;
import dev.mokha.network.Objects;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class DnsServerTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  @TempDir Path directory;
  private final FakeInformers informers = new FakeInformers();
  private final AtomicInteger upstreamQuestions = new AtomicInteger();
  private DatagramSocket upstream;
  private DatagramSocket silent;
  private DnsServer server;

  @BeforeEach
  void start() throws Exception {
    informers.put(
        new NamespaceBuilder().withNewMetadata().withName("default").endMetadata().build());
    informers.put(Objects.service("web", "10.43.0.5", 80, "TCP"));
    informers.put(Objects.service("many", "None", 80, "TCP"));
    informers.put(
        Objects.slice(
            "many",
            80,
            "TCP",
            IntStream.range(2, 202).mapToObj(i -> "10.42.0." + i).toArray(String[]::new)));
    informers.put(
        new ServiceBuilder(Objects.service("elsewhere", "", 80, "TCP"))
            .editSpec()
            .withType("ExternalName")
            .withExternalName("www.example.org")
            .endSpec()
            .build());
    upstream = new DatagramSocket(0, LOCAL);
    silent = new DatagramSocket(0, LOCAL);
    Thread.ofPlatform().daemon().start(this::serveUpstream);
    server = DnsServer.bind(LOCAL, 0);
    server.start(
        new ClusterZone(
            "cluster.local",
            List.of(Prefix.parse("10.42.0.0/16")),
            LOCAL,
            new InformerRecords(informers)),
        Upstreams.of(List.of("127.0.0.1:" + upstream.getLocalPort()), address -> false));
  }

  @AfterEach
  void stop() {
    server.close();
    upstream.close();
    silent.close();
  }

  /** Knows www.example.org and denies all else. */
  private void serveUpstream() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        upstream.receive(packet);
        upstreamQuestions.incrementAndGet();
        Message query = new Message(java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
        Message reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.addRecord(query.getQuestion(), Section.QUESTION);
        Name name = query.getQuestion().getName();
        Name zone = Name.fromConstantString("example.org.");
        if (name.equals(Name.fromConstantString("www.example.org."))) {
          reply.addRecord(
              new ARecord(name, DClass.IN, 60, InetAddress.ofLiteral("192.0.2.80")),
              Section.ANSWER);
        } else {
          reply.getHeader().setRcode(Rcode.NXDOMAIN);
          reply.addRecord(
              new SOARecord(zone, DClass.IN, 60, zone, zone, 1, 1, 1, 1, 30), Section.AUTHORITY);
        }
        byte[] wire = reply.toWire();
        upstream.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
      }
    } catch (java.io.IOException e) {
      // The test is over.
    }
  }

  private static Message query(String name, int type) {
    return Message.newQuery(Record.newRecord(Name.fromConstantString(name), type, DClass.IN));
  }

  private Message ask(Message query) throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, LOCAL)) {
      socket.setSoTimeout(10_000);
      byte[] wire = query.toWire();
      socket.send(
          new DatagramPacket(wire, wire.length, new InetSocketAddress(LOCAL, server.port())));
      DatagramPacket answer = new DatagramPacket(new byte[65535], 65535);
      socket.receive(answer);
      Message message = new Message(java.util.Arrays.copyOf(answer.getData(), answer.getLength()));
      assertThat(message.getHeader().getID()).isEqualTo(query.getHeader().getID());
      return message;
    }
  }

  private Message askStream(Message query) throws Exception {
    try (Socket socket = new Socket(LOCAL, server.port())) {
      socket.setSoTimeout(10_000);
      byte[] wire = query.toWire();
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeShort(wire.length);
      out.write(wire);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return new Message(answer);
    }
  }

  @Test
  void answersForTheClusterWithAuthority() throws Exception {
    Message reply = ask(query("web.default.svc.cluster.local.", Type.A));
    assertThat(reply.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
    Message denied = ask(query("none.default.svc.cluster.local.", Type.A));
    assertThat(denied.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(denied.getSection(Section.AUTHORITY).getFirst().getType()).isEqualTo(Type.SOA);
    assertThat(upstreamQuestions).hasValue(0);
  }

  @Test
  void cutsLongAnswersUnlessAskedOverAStream() throws Exception {
    Message query = query("many.default.svc.cluster.local.", Type.A);
    Message cut = ask(query);
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    query.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
    Message longer = ask(query);
    assertThat(longer.numBytes()).isBetween(513, 1232);
    assertThat(longer.getOPT()).isNotNull();
    assertThat(askStream(query).getSection(Section.ANSWER)).hasSize(200);
  }

  @Test
  void asksUpstreamOnceAndRemembers() throws Exception {
    for (int i = 0; i < 3; i++) {
      Message reply = ask(query("www.example.org.", Type.A));
      assertThat(reply.getSection(Section.ANSWER))
          .singleElement()
          .extracting(Record::rdataToString)
          .isEqualTo("192.0.2.80");
      assertThat(ask(query("none.example.org.", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
    assertThat(upstreamQuestions).hasValue(2);
    assertThat(askStream(query("www.example.org.", Type.A)).getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void followsAnExternalName() throws Exception {
    Message reply = ask(query("elsewhere.default.svc.cluster.local.", Type.A));
    assertThat(reply.getSection(Section.ANSWER))
        .extracting(Record::getType)
        .containsExactly(Type.CNAME, Type.A);
  }

  @Test
  void refusesWhatItDoesNotDo() throws Exception {
    Message update = query("web.default.svc.cluster.local.", Type.A);
    update.getHeader().setOpcode(Opcode.UPDATE);
    assertThat(ask(update).getRcode()).isEqualTo(Rcode.NOTIMP);
    Message newer = query("web.default.svc.cluster.local.", Type.A);
    newer.addRecord(new OPTRecord(1232, 0, 7), Section.ADDITIONAL);
    assertThat(ask(newer).getRcode()).isEqualTo(Rcode.BADVERS);
    assertThat(ask(query("cluster.local.", Type.AXFR)).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void goesOnToTheNextServer() throws Exception {
    server.close();
    server = DnsServer.bind(LOCAL, 0);
    server.start(
        new ClusterZone("cluster.local", List.of(), LOCAL, new InformerRecords(informers)),
        Upstreams.of(
            List.of("127.0.0.1:" + silent.getLocalPort(), "127.0.0.1:" + upstream.getLocalPort()),
            address -> false));
    assertThat(ask(query("www.example.org.", Type.A)).getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void readsTheHostsServersButNeverItself() throws Exception {
    Path resolv = directory.resolve("resolv.conf");
    Files.writeString(
        resolv, "# comment\nsearch example.org\nnameserver 10.43.0.10\nnameserver 192.0.2.53\n");
    Upstreams upstreams =
        Upstreams.ofFile(
            resolv,
            directory.resolve("none"),
            address -> address.getHostAddress().equals("10.43.0.10"));
    assertThat(upstreams.servers())
        .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.53"), 53));
    Path stub = directory.resolve("stub.conf");
    Files.writeString(stub, "nameserver 127.0.0.53\n");
    assertThat(Upstreams.ofFile(stub, resolv, address -> false).servers()).hasSize(2);
    assertThat(Upstreams.ofFile(directory.resolve("no"), resolv, address -> false).servers())
        .isEmpty();
  }
}
