package dev.mokha.node.environment;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The environment variables that tell of Services, in the form Docker's links had: {@code
 * NAME_SERVICE_HOST}, {@code NAME_SERVICE_PORT}, {@code NAME_PORT_80_TCP_ADDR} and so on.
 */
public final class ServiceVariables {
  private ServiceVariables() {}

  /**
   * The variables.
   *
   * @param services those of the pod's namespace, and {@code kubernetes} of the default one
   * @param namespace the pod's
   * @param links whether the pod wants all of its namespace's, or only {@code kubernetes}
   */
  public static Map<String, String> of(
      Collection<Service> services, String namespace, boolean links) {
    Map<String, Service> chosen = new LinkedHashMap<>();
    List<Service> sorted =
        services.stream()
            .sorted(Comparator.comparing((Service s) -> s.getMetadata().getName()))
            .toList();
    for (Service service : sorted) {
      String name = service.getMetadata().getName();
      boolean own = service.getMetadata().getNamespace().equals(namespace);
      boolean api =
          name.equals("kubernetes") && service.getMetadata().getNamespace().equals("default");
      if (api) {
        chosen.putIfAbsent(name, service);
      } else if (own && links) {
        chosen.put(name, service);
      }
    }
    Map<String, String> variables = new LinkedHashMap<>();
    chosen.values().forEach(service -> add(variables, service));
    return variables;
  }

  private static void add(Map<String, String> variables, Service service) {
    String address = service.getSpec() == null ? null : service.getSpec().getClusterIP();
    if (address == null || address.isEmpty() || address.equals("None")) {
      return;
    }
    List<ServicePort> ports = service.getSpec().getPorts();
    if (ports.isEmpty()) {
      return;
    }
    String prefix = word(service.getMetadata().getName());
    String host = address.contains(":") ? "[" + address + "]" : address;
    variables.put(prefix + "_SERVICE_HOST", address);
    variables.put(prefix + "_SERVICE_PORT", ports.get(0).getPort().toString());
    for (ServicePort port : ports) {
      if (port.getName() != null && !port.getName().isEmpty()) {
        variables.put(prefix + "_SERVICE_PORT_" + word(port.getName()), port.getPort().toString());
      }
    }
    boolean first = true;
    for (ServicePort port : ports) {
      String protocol = port.getProtocol() == null ? "TCP" : port.getProtocol();
      String url = protocol.toLowerCase(Locale.ROOT) + "://" + host + ":" + port.getPort();
      String portPrefix =
          prefix + "_PORT_" + port.getPort() + "_" + protocol.toUpperCase(Locale.ROOT);
      if (first) {
        variables.put(prefix + "_PORT", url);
        first = false;
      }
      variables.put(portPrefix, url);
      variables.put(portPrefix + "_PROTO", protocol.toLowerCase(Locale.ROOT));
      variables.put(portPrefix + "_PORT", port.getPort().toString());
      variables.put(portPrefix + "_ADDR", address);
    }
  }

  private static String word(String name) {
    return name.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
