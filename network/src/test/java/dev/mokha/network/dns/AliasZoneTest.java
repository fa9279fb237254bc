package dev.mokha.network.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.FakeInformers;
import dev.mokha.network.Objects;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class AliasZoneTest {
  private final FakeInformers informers = new FakeInformers();
  private final Zone zone =
      new AliasZone(
          new ClusterZone(
              "cluster.local",
              List.of(Prefix.parse("10.43.0.0/16")),
              InetAddress.ofLiteral("10.43.0.10"),
              new InformerRecords(informers)),
          "cluster.local",
          Map.of("images.example", "default/web", "gone.example", "default/gone"));

  AliasZoneTest() {
    informers.put(
        new NamespaceBuilder().withNewMetadata().withName("default").endMetadata().build());
    informers.put(Objects.service("web", "10.43.0.5", 80, "TCP"));
  }

  private Message ask(String name, int type) {
    Message query =
        Message.newQuery(Record.newRecord(Name.fromConstantString(name), type, DClass.IN));
    Responder responder = new Responder(zone, new AnswerCache(0, System::nanoTime));
    assertThat(responder.answer(query)).isInstanceOf(Responder.Outcome.Done.class);
    return ((Responder.Outcome.Done) responder.answer(query)).reply();
  }

  @Test
  void aNameMeansAService() {
    Message reply = ask("IMAGES.example.", Type.A);
    assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(reply.getSection(Section.ANSWER).stream().map(Record::rdataToString))
        .containsExactly("web.default.svc.cluster.local.", "10.43.0.5");
    assertThat(ask("images.example.", Type.AAAA).getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(ask("web.default.svc.cluster.local.", Type.A).getSection(Section.ANSWER)).hasSize(1);
  }

  /** Nobody outside is asked what the cluster's own registry is. */
  @Test
  void withoutTheServiceItIsDenied() {
    assertThat(ask("gone.example.", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(zone.covers(Name.fromConstantString("www.images.example."))).isFalse();
    assertThat(zone.covers(Name.fromConstantString("example."))).isFalse();
  }
}
