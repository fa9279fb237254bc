package dev.mokha.scheduler;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a pod asks of a node, worked out once.
 *
 * @param pod the pod
 * @param requests what must be free (KEP-753 for sidecars: an init container that restarts counts
 *     beside those that follow it)
 * @param scored the same with a default for containers that ask nothing, so that these spread too
 * @param hostPorts ports of the node
 */
public record PodDemand(Pod pod, Amounts requests, Amounts scored, List<HostPort> hostPorts) {
  private static final Amounts DEFAULT_FOR_SCORE = new Amounts(100, 200L << 20, 0, Map.of());

  /**
   * A port of the node.
   *
   * @param ip the address it binds to; empty for all
   * @param port the port
   * @param protocol such as {@code TCP}
   */
  public record HostPort(String ip, int port, String protocol) {
    /** Whether two pods can't both have these. */
    public boolean conflicts(HostPort other) {
      return port == other.port
          && protocol.equals(other.protocol)
          && (ip.isEmpty() || other.ip.isEmpty() || ip.equals(other.ip));
    }
  }

  /** Works it out. */
  public static PodDemand of(Pod pod) {
    PodSpec spec = pod.getSpec();
    return new PodDemand(
        pod, requests(spec, Amounts.ZERO), requests(spec, DEFAULT_FOR_SCORE), ports(spec));
  }

  private static Amounts requests(PodSpec spec, Amounts unlessAsked) {
    Amounts running = Amounts.ZERO;
    for (Container c : spec.getContainers()) {
      running = running.plus(request(c, unlessAsked));
    }
    Amounts sidecars = Amounts.ZERO;
    Amounts starting = Amounts.ZERO;
    for (Container c : spec.getInitContainers()) {
      Amounts own = request(c, unlessAsked);
      if ("Always".equals(c.getRestartPolicy())) {
        sidecars = sidecars.plus(own);
        starting = starting.max(sidecars);
      } else {
        starting = starting.max(sidecars.plus(own));
      }
    }
    Amounts total = running.plus(sidecars).max(starting);
    if (spec.getResources() != null && spec.getResources().getRequests() != null) {
      Amounts whole = Amounts.of(spec.getResources().getRequests());
      total =
          new Amounts(
              whole.milliCpu() > 0 ? whole.milliCpu() : total.milliCpu(),
              whole.memory() > 0 ? whole.memory() : total.memory(),
              total.ephemeralStorage(),
              total.extended());
    }
    return spec.getOverhead() == null ? total : total.plus(Amounts.of(spec.getOverhead()));
  }

  private static Amounts request(Container container, Amounts unlessAsked) {
    Map<String, Quantity> asked =
        container.getResources() == null ? null : container.getResources().getRequests();
    Amounts own = Amounts.of(asked);
    return new Amounts(
        own.milliCpu() == 0 ? unlessAsked.milliCpu() : own.milliCpu(),
        own.memory() == 0 ? unlessAsked.memory() : own.memory(),
        own.ephemeralStorage(),
        own.extended());
  }

  private static List<HostPort> ports(PodSpec spec) {
    List<HostPort> ports = new ArrayList<>();
    List<Container> all = new ArrayList<>(spec.getContainers());
    spec.getInitContainers().stream()
        .filter(c -> "Always".equals(c.getRestartPolicy()))
        .forEach(all::add);
    for (Container c : all) {
      for (ContainerPort p : c.getPorts()) {
        if (p.getHostPort() != null && p.getHostPort() > 0) {
          String ip = Objects.requireNonNullElse(p.getHostIP(), "");
          ports.add(
              new HostPort(
                  ip.equals("0.0.0.0") ? "" : ip,
                  p.getHostPort(),
                  Objects.requireNonNullElse(p.getProtocol(), "TCP")));
        }
      }
    }
    return List.copyOf(ports);
  }

  /** Its uid. */
  public String uid() {
    return pod.getMetadata().getUid();
  }

  /** Its namespace. */
  public String namespace() {
    return pod.getMetadata().getNamespace();
  }

  /** Its labels; never null. */
  public Map<String, String> labels() {
    Map<String, String> labels = pod.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  /** Its affinity, or null. */
  public Affinity affinity() {
    return pod.getSpec().getAffinity();
  }

  /** The pods it must not share a topology domain with. */
  public List<PodAffinityTerm> requiredAntiAffinity() {
    Affinity a = affinity();
    return a == null || a.getPodAntiAffinity() == null
        ? List.of()
        : a.getPodAntiAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
  }

  /** The pods it must share a topology domain with. */
  public List<PodAffinityTerm> requiredAffinity() {
    Affinity a = affinity();
    return a == null || a.getPodAffinity() == null
        ? List.of()
        : a.getPodAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
  }
}
