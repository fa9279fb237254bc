package dev.mokha.network.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.network.Objects;
import dev.mokha.network.firewall.ElementMap;
import dev.mokha.network.firewall.Elements;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ServicePlannerTest {
  private final ServicePlanner planner = new ServicePlanner("node-1", "10.43.0.10");
  private final Service web = Objects.service("web", "10.43.0.5", 80, "TCP");
  private final EndpointSlice two = Objects.slice("web", 8080, "TCP", "10.42.0.2", "10.42.1.2");

  private Elements plan(Service service, EndpointSlice... slices) {
    return planner.plan(service, List.of(slices)).elements();
  }

  private static EndpointSlice remote(EndpointSlice slice) {
    return new EndpointSliceBuilder(slice)
        .editLastEndpoint()
        .withNodeName("node-2")
        .endEndpoint()
        .build();
  }

  @Test
  void eachBackendHasAnEqualChance() {
    Elements plan = plan(web, two);
    assertThat(plan.in(ElementMap.SERVICES))
        .isEqualTo(Map.of("10.43.0.5 . tcp . 80", "goto services-2"));
    assertThat(plan.in(ElementMap.SERVICE_BACKENDS))
        .isEqualTo(
            Map.of(
                "10.43.0.5 . tcp . 80 . 0", "10.42.0.2 . 8080",
                "10.43.0.5 . tcp . 80 . 1", "10.42.1.2 . 8080"));
    assertThat(plan.in(ElementMap.REFUSED)).isEmpty();
  }

  @Test
  void aServiceWithNoEndpointIsRefused() {
    assertThat(plan(web).in(ElementMap.REFUSED)).containsOnlyKeys("10.43.0.5 . tcp . 80");
    assertThat(plan(web).in(ElementMap.SERVICES)).isEmpty();
    assertThat(plan(null)).isEqualTo(Elements.NONE);
    assertThat(plan(Objects.service("web", "None", 80, "TCP"), two)).isEqualTo(Elements.NONE);
    assertThat(plan(Objects.service("dns", "10.43.0.10", 53, "UDP")))
        .as("the host answers it")
        .isEqualTo(Elements.NONE);
  }

  @Test
  void endpointsThatTerminateServeOnlyWhenNoneIsReady() {
    EndpointSlice slice =
        new EndpointSliceBuilder(two)
            .editFirstEndpoint()
            .editConditions()
            .withReady(false)
            .withTerminating(true)
            .endConditions()
            .endEndpoint()
            .build();
    assertThat(plan(web, slice).in(ElementMap.SERVICE_BACKENDS))
        .containsOnly(Map.entry("10.43.0.5 . tcp . 80 . 0", "10.42.1.2 . 8080"));
    EndpointSlice onlyLeaving =
        new EndpointSliceBuilder(slice).withEndpoints(slice.getEndpoints().getFirst()).build();
    assertThat(plan(web, onlyLeaving).in(ElementMap.SERVICE_BACKENDS))
        .containsOnly(Map.entry("10.43.0.5 . tcp . 80 . 0", "10.42.0.2 . 8080"));
  }

  @Test
  void internalTrafficCanStayOnTheHost() {
    Service local =
        new ServiceBuilder(web).editSpec().withInternalTrafficPolicy("Local").endSpec().build();
    assertThat(plan(local, remote(two)).in(ElementMap.SERVICE_BACKENDS))
        .containsOnly(Map.entry("10.43.0.5 . tcp . 80 . 0", "10.42.0.2 . 8080"));
    EndpointSlice elsewhere =
        new EndpointSliceBuilder(two).withEndpoints(remote(two).getEndpoints().getLast()).build();
    assertThat(plan(local, elsewhere).in(ElementMap.SERVICES))
        .containsOnly(Map.entry("10.43.0.5 . tcp . 80", "drop"));
  }

  @Test
  void externalTrafficCanStayOnTheHostWhileInternalGoesAnywhere() {
    Service service =
        new ServiceBuilder(web)
            .editSpec()
            .withType("LoadBalancer")
            .withExternalTrafficPolicy("Local")
            .editFirstPort()
            .withNodePort(30080)
            .endPort()
            .endSpec()
            .withNewStatus()
            .withNewLoadBalancer()
            .addNewIngress()
            .withIp("203.0.113.9")
            .endIngress()
            .endLoadBalancer()
            .endStatus()
            .build();
    Elements plan = plan(service, remote(two));
    assertThat(plan.in(ElementMap.NODE_PORTS))
        .containsOnly(Map.entry("tcp . 30080", "goto node-ports-2"));
    assertThat(plan.in(ElementMap.LOCAL_NODE_PORTS))
        .containsOnly(Map.entry("tcp . 30080", "goto local-node-ports-1"));
    assertThat(plan.in(ElementMap.LOCAL_SERVICES))
        .containsOnly(Map.entry("203.0.113.9 . tcp . 80", "goto local-services-1"));
    assertThat(plan.in(ElementMap.SERVICES))
        .containsOnlyKeys("10.43.0.5 . tcp . 80", "203.0.113.9 . tcp . 80");
    assertThat(plan.in(ElementMap.OPEN_SERVICES)).containsOnlyKeys("203.0.113.9 . tcp . 80");
  }

  @Test
  void clientsCanStayWithTheirBackend() {
    Service sticky =
        new ServiceBuilder(web)
            .editSpec()
            .withSessionAffinity("ClientIP")
            .withNewSessionAffinityConfig()
            .withNewClientIP()
            .withTimeoutSeconds(60)
            .endClientIP()
            .endSessionAffinityConfig()
            .endSpec()
            .build();
    assertThat(plan(sticky, two).in(ElementMap.REMEMBERED))
        .containsOnly(Map.entry("10.43.0.5 . tcp . 80", "goto remember-60"));
    assertThat(planner.plan(sticky, List.of(two)).remembers()).isTrue();
  }

  @Test
  void portsAreMatchedByNameAndProtocol() {
    assertThat(plan(web, Objects.slice("web", 8080, "UDP", "10.42.0.2")).in(ElementMap.REFUSED))
        .hasSize(1);
  }
}
