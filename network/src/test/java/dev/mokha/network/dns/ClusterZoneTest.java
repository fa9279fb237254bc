package dev.mokha.network.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.FakeInformers;
import dev.mokha.network.Objects;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

final class ClusterZoneTest {
  private final FakeInformers informers = new FakeInformers();
  private final ClusterZone zone =
      new ClusterZone(
          "cluster.local",
          List.of(Prefix.parse("10.42.0.0/16"), Prefix.parse("10.43.0.0/16")),
          InetAddress.ofLiteral("10.43.0.10"),
          new InformerRecords(informers));

  @BeforeEach
  void objects() {
    informers.put(
        new NamespaceBuilder().withNewMetadata().withName("default").endMetadata().build());
    informers.put(Objects.service("web", "10.43.0.5", 80, "TCP"));
    informers.put(Objects.slice("web", 8080, "TCP", "10.42.0.2"));
    informers.put(Objects.service("db", "None", 27017, "TCP"));
    informers.put(
        new EndpointSliceBuilder(Objects.slice("db", 27017, "TCP", "10.42.0.3", "10.42.0.4"))
            .editFirstEndpoint()
            .withHostname("db-0")
            .endEndpoint()
            .build());
    informers.put(Objects.service("empty", "None", 1, "TCP"));
    informers.put(
        new ServiceBuilder(Objects.service("elsewhere", "", 80, "TCP"))
            .editSpec()
            .withType("ExternalName")
            .withExternalName("www.example.org")
            .endSpec()
            .build());
  }

  private ZoneAnswer ask(String name, int type) {
    Name parsed = Name.fromConstantString(name);
    assertThat(zone.covers(parsed)).as(name).isTrue();
    return zone.answer(parsed, type);
  }

  private List<String> data(String name, int type) {
    ZoneAnswer answer = ask(name, type);
    assertThat(answer.rcode()).isEqualTo(Rcode.NOERROR);
    return answer.answers().stream().map(record -> record.rdataToString()).sorted().toList();
  }

  private void isDenied(String name) {
    assertThat(ask(name, Type.A).rcode()).as(name).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void servicesHaveAddressesPortsAndReverseNames() {
    assertThat(data("web.default.svc.cluster.local.", Type.A)).containsExactly("10.43.0.5");
    assertThat(data("WEB.Default.svc.Cluster.LOCAL.", Type.A)).containsExactly("10.43.0.5");
    assertThat(data("web.default.svc.cluster.local.", Type.AAAA)).isEmpty();
    assertThat(data("_main._tcp.web.default.svc.cluster.local.", Type.SRV))
        .containsExactly("0 100 80 web.default.svc.cluster.local.");
    assertThat(data("5.0.43.10.in-addr.arpa.", Type.PTR))
        .containsExactly("web.default.svc.cluster.local.");
  }

  @Test
  void headlessServicesNameTheirEndpoints() {
    assertThat(data("db.default.svc.cluster.local.", Type.A))
        .containsExactly("10.42.0.3", "10.42.0.4");
    assertThat(data("db-0.db.default.svc.cluster.local.", Type.A)).containsExactly("10.42.0.3");
    assertThat(data("10-42-0-4.db.default.svc.cluster.local.", Type.A))
        .containsExactly("10.42.0.4");
    assertThat(data("_main._tcp.db.default.svc.cluster.local.", Type.SRV))
        .containsExactly(
            "0 100 27017 10-42-0-4.db.default.svc.cluster.local.",
            "0 100 27017 db-0.db.default.svc.cluster.local.");
    assertThat(ask("_main._tcp.db.default.svc.cluster.local.", Type.SRV).additional()).hasSize(2);
    assertThat(data("3.0.42.10.in-addr.arpa.", Type.PTR))
        .containsExactly("db-0.db.default.svc.cluster.local.");
    isDenied("empty.default.svc.cluster.local.");
  }

  @Test
  void externalNamesAreAliases() {
    ZoneAnswer answer = ask("elsewhere.default.svc.cluster.local.", Type.A);
    assertThat(answer.alias()).contains(Name.fromConstantString("www.example.org."));
    assertThat(answer.answers()).hasSize(1);
  }

  @Test
  void podsHaveTheirAddressAsName() {
    assertThat(data("10-42-0-9.default.pod.cluster.local.", Type.A)).containsExactly("10.42.0.9");
    isDenied("10-42-0-9.nowhere.pod.cluster.local.");
    isDenied("10-42-0-999.default.pod.cluster.local.");
    isDenied("x.default.pod.cluster.local.");
  }

  @Test
  void whatIsNotThereIsDeniedAndWhatIsBetweenIsEmpty() {
    isDenied("none.default.svc.cluster.local.");
    isDenied("web.nowhere.svc.cluster.local.");
    isDenied("www.example.org.default.svc.cluster.local.");
    isDenied("_none._tcp.web.default.svc.cluster.local.");
    isDenied("other.cluster.local.");
    isDenied("99.0.42.10.in-addr.arpa.");
    assertThat(data("cluster.local.", Type.A)).isEmpty();
    assertThat(data("svc.cluster.local.", Type.A)).isEmpty();
    assertThat(data("default.svc.cluster.local.", Type.A)).isEmpty();
    assertThat(data("_tcp.web.default.svc.cluster.local.", Type.SRV)).isEmpty();
    assertThat(zone.covers(Name.fromConstantString("1.1.168.192.in-addr.arpa."))).isFalse();
    assertThat(zone.covers(Name.fromConstantString("cluster.locally."))).isFalse();
  }

  @Test
  void saysWhichSpecificationItFollows() {
    assertThat(data("dns-version.cluster.local.", Type.TXT)).containsExactly("1.1.0");
    assertThat(data("ns.dns.cluster.local.", Type.A)).containsExactly("10.43.0.10");
    assertThat(ask("cluster.local.", Type.SOA).answers()).hasSize(1);
  }
}
