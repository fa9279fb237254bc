package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.dns.DnsServer;
import dev.mokha.network.dns.Upstreams;
import dev.mokha.network.dns.Zone;
import dev.mokha.network.dns.ZoneAnswer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Names as containers ask for them, on a host in a namespace. */
final class NamesTest extends NetworksFixture {
  @Test
  void containersFindEachOtherByNameInNetworksThatUsersMade() {
    networks.create(NetworkSpec.bridge("shop", "10.9.0.0/24"));
    Path web = container(WEB, "web", "shop");
    Path job = container(JOB, "job", "bridge");
    lab.onHost(
        () -> {
          networks.open(SandboxSpec.of(DB, "db"));
          networks.attach(
              DB,
              "shop",
              new EndpointSpec(List.of("data", "web-too"), "10.9.0.77", "", "", Map.of(), 0, ""));
          return networks.attach(
              JOB,
              "shop",
              new EndpointSpec(List.of("web-too"), "", "", "", Map.of("store", "db"), 0, ""));
        });

    assertThat(lookup(web, "db")).contains("db.\t\t\t600\tIN\tA\t10.9.0.77").contains("NOERROR");
    assertThat(lookup(web, "DATA.shop")).contains("10.9.0.77");
    assertThat(lookup(web, DB.substring(0, 12))).contains("10.9.0.77");
    assertThat(lookup(web, "web-too")).contains("10.9.0.77").contains("10.9.0.3");
    assertThat(lookup(job, "store")).contains("10.9.0.77");
    assertThat(lookup(web, "store")).contains("SERVFAIL");
    assertThat(lookup(job, "web")).contains("10.9.0.2");

    networks.rename(DB, "database");
    assertThat(lookup(web, "database")).contains("10.9.0.77");
    assertThat(lookup(web, "db")).contains("SERVFAIL");
    lab.onHost(
        () -> {
          networks.detach(DB, "shop");
          return null;
        });
    assertThat(lookup(web, "database")).contains("SERVFAIL");
  }

  @Test
  void namesAreAnsweredOverStreamsToo() throws Exception {
    networks.create(NetworkSpec.bridge("shop", "10.9.0.0/24"));
    Path web = container(WEB, "web", "shop");
    container(DB, "db", "shop");
    try (Socket socket = lab.in(web, () -> new Socket("127.0.0.11", 53))) {
      for (String name : List.of("db.", "web.shop.")) {
        byte[] query =
            Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN)).toWire();
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(query.length);
        out.write(query);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        assertThat(new Message(answer).toString())
            .contains(name.equals("db.") ? "10.9.0.3" : "10.9.0.2");
      }
    }
    assertThat(lab.resolve(web, "127.0.0.11", "2.0.9.10.in-addr.arpa.", Type.PTR))
        .contains("web.shop.");
    // Known, but with no such records: nobody else is asked.
    assertThat(lab.resolve(web, "127.0.0.11", "db.", Type.AAAA))
        .contains("NOERROR")
        .doesNotContain("10.9.0.3");
  }

  private Path webWithServer(String server) {
    return lab.onHost(
        () -> {
          Sandbox sandbox =
              networks.open(new SandboxSpec(WEB, "web", false, Optional.empty(), List.of(server)));
          networks.attach(WEB, "shop", EndpointSpec.PLAIN);
          return sandbox.namespace().orElseThrow();
        });
  }

  /** A server of one name, in a namespace. */
  private DnsServer serve(Path namespace, String listen, String address) {
    return lab.in(
        namespace,
        () -> {
          DnsServer server = DnsServer.bind(InetAddress.ofLiteral(listen), 5399);
          server.start(
              new OneName("far.example.", address), Upstreams.of(List.of("192.0.2.1"), a -> true));
          return server;
        });
  }

  @Test
  void namesThatAreNoContainersAreAskedOfTheGivenServers() throws Exception {
    networks.create(NetworkSpec.bridge("shop"));
    Path web = webWithServer("192.168.77.1:5399");
    try (DnsServer upstream = serve(lab.host(), "192.168.77.1", "192.0.2.7")) {
      assertThat(lookup(web, "far.example")).contains("192.0.2.7");
    }
  }

  @Test
  void aServerOnLoopbackIsTheContainersOwnAndNotTheHosts() throws Exception {
    networks.create(NetworkSpec.bridge("shop"));
    Path web = webWithServer("127.0.0.1:5399");
    try (DnsServer hosts = serve(lab.host(), "127.0.0.1", "192.0.2.8")) {
      assertThat(lookup(web, "far.example")).contains("SERVFAIL").doesNotContain("192.0.2.8");
      try (DnsServer own = serve(web, "127.0.0.1", "192.0.2.9")) {
        assertThat(lookup(web, "far.example")).contains("192.0.2.9");
      }
    }
  }

  @Test
  void aContainerThatNamesTheEmbeddedServerAsItsOwnGetsAnAnswer() {
    networks.create(NetworkSpec.bridge("shop"));
    assertThat(lookup(webWithServer("127.0.0.11"), "far.example")).contains("SERVFAIL");
  }

  /** One name, for a server of the outside world. */
  private record OneName(String name, String address) implements Zone {
    @Override
    public boolean covers(Name asked) {
      return true;
    }

    @Override
    public ZoneAnswer answer(Name asked, int type) {
      return asked.toString().equals(name)
          ? ZoneAnswer.of(
              List.of(new ARecord(asked, DClass.IN, 30, InetAddress.ofLiteral(address))))
          : ZoneAnswer.NO_NAME;
    }

    @Override
    public Record authority() {
      return null;
    }
  }
}
