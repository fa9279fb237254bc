package dev.mokha.network.proxy;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.firewall.ElementMap;
import dev.mokha.network.firewall.Elements;
import dev.mokha.network.proxy.ServicePlan.Frontend;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * From a Service and its EndpointSlices to what it wants on one host.
 *
 * <p>The rules are those of the Service API: ready endpoints answer, or those that still serve
 * while they terminate when there is no other (KEP-1669); {@code internalTrafficPolicy: Local}
 * keeps cluster IPs to this host's endpoints (KEP-2086), {@code externalTrafficPolicy: Local} does
 * so for clients outside the cluster, while clients inside reach all endpoints.
 *
 * @param nodeName this host's Node
 * @param dnsAddress cluster DNS, which the host itself answers; its port 53 is left alone
 */
public record ServicePlanner(String nodeName, String dnsAddress) {
  private static final String OTHER_PROXY = "service.kubernetes.io/service-proxy-name";
  private static final int DNS_PORT = 53;
  private static final int DEFAULT_AFFINITY_SECONDS = 10800;

  /** Refuses nulls. */
  public ServicePlanner {
    requireNonNull(nodeName, "nodeName");
    requireNonNull(dnsAddress, "dnsAddress");
  }

  /** An endpoint for one port, with all that decides whether it answers. */
  private record Candidate(
      Backend backend, boolean local, boolean ready, boolean serving, boolean terminating) {}

  /** What the Service wants; a null Service wants nothing. */
  ServicePlan plan(Service service, Collection<EndpointSlice> slices) {
    if (service == null || !isProxied(service)) {
      return ServicePlan.NONE;
    }
    Plan plan = new Plan(service);
    for (ServicePort port : plan.spec.getPorts()) {
      plan.add(port, candidates(port, slices));
    }
    return new ServicePlan(plan.elements.build(), plan.datagrams, plan.affinitySeconds > 0);
  }

  private static boolean isProxied(Service service) {
    ServiceSpec spec = service.getSpec();
    Map<String, String> labels = service.getMetadata().getLabels();
    return spec != null
        && spec.getPorts() != null
        && !"ExternalName".equals(spec.getType())
        && spec.getClusterIP() != null
        && !spec.getClusterIP().isEmpty()
        && !"None".equals(spec.getClusterIP())
        && (labels == null || !labels.containsKey(OTHER_PROXY));
  }

  private List<Candidate> candidates(ServicePort port, Collection<EndpointSlice> slices) {
    List<Candidate> candidates = new ArrayList<>();
    for (EndpointSlice slice : slices) {
      if (!"IPv4".equals(slice.getAddressType()) || slice.getPorts() == null) {
        continue;
      }
      for (var slicePort : slice.getPorts()) {
        if (slicePort.getPort() != null
            && Objects.requireNonNullElse(slicePort.getName(), "")
                .equals(Objects.requireNonNullElse(port.getName(), ""))
            && protocol(slicePort.getProtocol()).equals(protocol(port.getProtocol()))) {
          for (Endpoint endpoint : slice.getEndpoints()) {
            candidates.addAll(candidates(endpoint, slicePort.getPort()));
          }
        }
      }
    }
    return candidates;
  }

  private List<Candidate> candidates(Endpoint endpoint, int port) {
    EndpointConditions conditions =
        Objects.requireNonNullElseGet(endpoint.getConditions(), EndpointConditions::new);
    // A condition that is not known counts as the API says: ready and serving yes.
    boolean ready = !Boolean.FALSE.equals(conditions.getReady());
    boolean terminating = Boolean.TRUE.equals(conditions.getTerminating());
    boolean serving = conditions.getServing() == null ? ready : conditions.getServing();
    return endpoint.getAddresses().stream()
        .map(
            address ->
                new Candidate(
                    new Backend(address, port),
                    nodeName.equals(endpoint.getNodeName()),
                    ready,
                    serving,
                    terminating))
        .toList();
  }

  /** Those that answer: the ready ones, else those that serve while they terminate. */
  private static List<Backend> answering(List<Candidate> candidates, Predicate<Candidate> which) {
    Set<Backend> ready = new TreeSet<>();
    Set<Backend> leaving = new TreeSet<>();
    for (Candidate candidate : candidates) {
      if (which.test(candidate)) {
        if (candidate.ready) {
          ready.add(candidate.backend);
        } else if (candidate.serving && candidate.terminating) {
          leaving.add(candidate.backend);
        }
      }
    }
    return List.copyOf(ready.isEmpty() ? leaving : ready);
  }

  private static String protocol(String protocol) {
    return protocol == null ? "tcp" : protocol.toLowerCase(Locale.ROOT);
  }

  /** One Service's plan under construction. */
  private final class Plan {
    private final ServiceSpec spec;
    private final Elements.Builder elements = new Elements.Builder();
    private final Map<Frontend, Set<Backend>> datagrams = new HashMap<>();
    private final List<String> clusterIps;
    private final List<String> openAddresses = new ArrayList<>();
    private final boolean internalLocal;
    private final boolean externalLocal;
    private final int affinitySeconds;

    Plan(Service service) {
      this.spec = service.getSpec();
      List<String> ips =
          spec.getClusterIPs() == null || spec.getClusterIPs().isEmpty()
              ? List.of(spec.getClusterIP())
              : spec.getClusterIPs();
      clusterIps = ips.stream().filter(Plan::isIpv4).toList();
      if (spec.getExternalIPs() != null) {
        spec.getExternalIPs().stream().filter(Plan::isIpv4).forEach(openAddresses::add);
      }
      openAddresses.addAll(loadBalancerAddresses(service));
      internalLocal = "Local".equals(spec.getInternalTrafficPolicy());
      externalLocal = "Local".equals(spec.getExternalTrafficPolicy());
      affinitySeconds = affinitySeconds(spec);
    }

    private static boolean isIpv4(String address) {
      return address.indexOf(':') < 0;
    }

    private static int affinitySeconds(ServiceSpec spec) {
      if (!"ClientIP".equals(spec.getSessionAffinity())) {
        return 0;
      }
      var config = spec.getSessionAffinityConfig();
      return config == null
              || config.getClientIP() == null
              || config.getClientIP().getTimeoutSeconds() == null
          ? DEFAULT_AFFINITY_SECONDS
          : config.getClientIP().getTimeoutSeconds();
    }

    void add(ServicePort port, List<Candidate> candidates) {
      String protocol = protocol(port.getProtocol());
      List<Backend> all = answering(candidates, candidate -> true);
      List<Backend> local = answering(candidates, Candidate::local);
      for (String address : clusterIps) {
        if (!address.equals(dnsAddress) || port.getPort() != DNS_PORT) {
          frontend(
              Door.SERVICE, address, protocol, port.getPort(), all, internalLocal ? local : all);
        }
      }
      for (String address : openAddresses) {
        open(Door.SERVICE, Door.LOCAL_SERVICE, address, protocol, port.getPort(), all, local);
      }
      if (port.getNodePort() != null && port.getNodePort() > 0) {
        open(Door.NODE_PORT, Door.LOCAL_NODE_PORT, "", protocol, port.getNodePort(), all, local);
      }
    }

    private void open(
        Door door,
        Door localDoor,
        String address,
        String protocol,
        int port,
        List<Backend> all,
        List<Backend> local) {
      frontend(door, address, protocol, port, all, all);
      if (externalLocal && !all.isEmpty()) {
        frontend(localDoor, address, protocol, port, all, local);
      }
      elements.add(door.open, key(address, protocol, port));
    }

    /** One frontend, whose backends are some of all there are. */
    private void frontend(
        Door door,
        String address,
        String protocol,
        int port,
        List<Backend> all,
        List<Backend> backends) {
      String key = key(address, protocol, port);
      if (protocol.equals("udp")) {
        datagrams
            .computeIfAbsent(new Frontend(address, port), f -> new HashSet<>())
            .addAll(backends);
      }
      if (all.isEmpty()) {
        elements.add(door.refused, key);
        return;
      }
      if (backends.isEmpty()) {
        // There are some elsewhere: the API wants such traffic dropped, not refused.
        elements.put(door.frontends, key, "drop");
        return;
      }
      elements.put(door.frontends, key, "goto " + door.frontends.title() + "-" + backends.size());
      for (int i = 0; i < backends.size(); i++) {
        elements.put(door.backends, key + " . " + i, backends.get(i).element());
      }
      if (affinitySeconds > 0) {
        elements.put(door.remembered, key, "goto remember-" + affinitySeconds);
      }
    }

    private String key(String address, String protocol, int port) {
      return (address.isEmpty() ? "" : address + " . ") + protocol + " . " + port;
    }
  }

  /** The maps of one kind of frontend. */
  private enum Door {
    SERVICE(ElementMap.SERVICES, ElementMap.SERVICE_BACKENDS, true),
    LOCAL_SERVICE(ElementMap.LOCAL_SERVICES, ElementMap.LOCAL_SERVICE_BACKENDS, true),
    NODE_PORT(ElementMap.NODE_PORTS, ElementMap.NODE_PORT_BACKENDS, false),
    LOCAL_NODE_PORT(ElementMap.LOCAL_NODE_PORTS, ElementMap.LOCAL_NODE_PORT_BACKENDS, false);

    private final ElementMap frontends;
    private final ElementMap backends;
    private final ElementMap refused;
    private final ElementMap remembered;
    private final ElementMap open;

    Door(ElementMap frontends, ElementMap backends, boolean withAddress) {
      this.frontends = frontends;
      this.backends = backends;
      this.refused = withAddress ? ElementMap.REFUSED : ElementMap.REFUSED_NODE_PORTS;
      this.remembered = withAddress ? ElementMap.REMEMBERED : ElementMap.REMEMBERED_NODE_PORTS;
      this.open = withAddress ? ElementMap.OPEN_SERVICES : ElementMap.OPEN_NODE_PORTS;
    }
  }

  /** The addresses that a load balancer gave the Service and that this host is to answer. */
  static List<String> loadBalancerAddresses(Service service) {
    if (service.getStatus() == null
        || service.getStatus().getLoadBalancer() == null
        || service.getStatus().getLoadBalancer().getIngress() == null) {
      return List.of();
    }
    return service.getStatus().getLoadBalancer().getIngress().stream()
        .filter(ingress -> !"Proxy".equals(ingress.getIpMode()))
        .map(LoadBalancerIngress::getIp)
        .filter(ip -> ip != null && !ip.isEmpty() && ip.indexOf(':') < 0)
        .toList();
  }
}
