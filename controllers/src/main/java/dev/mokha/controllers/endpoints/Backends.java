package dev.mokha.controllers.endpoints;

import static java.util.Objects.requireNonNullElse;

import dev.mokha.client.match.Selectors;
import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The pods behind a Service, and the ports it reaches them at. */
final class Backends {
  private Backends() {}

  /**
   * A port as one pod has it: a named target port may be another number in another pod.
   *
   * @param name the service port's name; empty for none
   * @param protocol such as {@code TCP}
   * @param port the pod's port
   * @param appProtocol as the service port says it; null for none
   */
  record Port(String name, String protocol, int port, String appProtocol) {}

  /**
   * A pod behind a Service.
   *
   * @param pod the pod
   * @param ports its ports, in the service's order
   * @param ready whether it may get traffic; always true where the service publishes unready ones
   * @param serving whether it is Ready, terminating or not
   * @param terminating whether it is being deleted
   * @param hostname its DNS name below the service; empty for none
   */
  record Backend(
      Pod pod,
      List<Port> ports,
      boolean ready,
      boolean serving,
      boolean terminating,
      String hostname) {}

  /** All pods with an address that the service selects, in the order of their names. */
  static List<Backend> of(Service service, Collection<Pod> podsOfNamespace) {
    List<Backend> all = new ArrayList<>();
    boolean publishAll = Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
    for (Pod pod : podsOfNamespace) {
      if (!Selectors.matches(service.getSpec().getSelector(), pod.getMetadata().getLabels())
          || pod.getStatus() == null
          || pod.getStatus().getPodIP() == null
          || pod.getStatus().getPodIP().isEmpty()
          || Pods.isOver(pod)) {
        continue;
      }
      boolean terminating = pod.getMetadata().getDeletionTimestamp() != null;
      boolean serving = Pods.isReady(pod) || publishAll;
      all.add(
          new Backend(
              pod,
              ports(service, pod),
              publishAll || (serving && !terminating),
              serving,
              terminating,
              hostname(service, pod)));
    }
    all.sort(Comparator.comparing(b -> b.pod().getMetadata().getName()));
    return all;
  }

  private static String hostname(Service service, Pod pod) {
    String subdomain = pod.getSpec().getSubdomain();
    String hostname = pod.getSpec().getHostname();
    return hostname != null
            && !hostname.isEmpty()
            && service.getMetadata().getName().equals(subdomain)
        ? hostname
        : "";
  }

  private static List<Port> ports(Service service, Pod pod) {
    List<Port> ports = new ArrayList<>();
    for (ServicePort p : requireNonNullElse(service.getSpec().getPorts(), List.<ServicePort>of())) {
      targetPort(p, pod)
          .ifPresent(
              number ->
                  ports.add(
                      new Port(
                          requireNonNullElse(p.getName(), ""),
                          requireNonNullElse(p.getProtocol(), "TCP"),
                          number,
                          p.getAppProtocol())));
    }
    return List.copyOf(ports);
  }

  private static Optional<Integer> targetPort(ServicePort port, Pod pod) {
    IntOrString target = port.getTargetPort();
    if (target == null) {
      return Optional.of(port.getPort());
    }
    if (target.getStrVal() == null) {
      return Optional.of(target.getIntVal());
    }
    String protocol = requireNonNullElse(port.getProtocol(), "TCP");
    Stream<Container> sidecars =
        pod.getSpec().getInitContainers().stream()
            .filter(c -> "Always".equals(c.getRestartPolicy()));
    return Stream.concat(pod.getSpec().getContainers().stream(), sidecars)
        .flatMap(c -> c.getPorts().stream())
        .filter(p -> target.getStrVal().equals(p.getName()))
        .filter(p -> protocol.equals(requireNonNullElse(p.getProtocol(), "TCP")))
        .map(ContainerPort::getContainerPort)
        .findFirst();
  }

  /** Whether the service's backends come from its selector. */
  static boolean isSelecting(Service service) {
    return service.getSpec().getSelector() != null
        && !service.getSpec().getSelector().isEmpty()
        && !"ExternalName".equals(service.getSpec().getType());
  }

  /** Whether it has no address of its own. */
  static boolean isHeadless(Service service) {
    return "None".equals(service.getSpec().getClusterIP());
  }
}
