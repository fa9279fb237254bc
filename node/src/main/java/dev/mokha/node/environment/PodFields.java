package dev.mokha.node.environment;

import dev.mokha.node.resources.Quantities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The downward API: a pod's own fields and resources as text. */
public final class PodFields {
  private PodFields() {}

  /**
   * What is known of a pod beside the object.
   *
   * @param addresses the pod's addresses
   * @param hostAddress the node's address
   * @param allocatable the node's resources, for containers without limits
   */
  public record Surroundings(
      List<String> addresses, String hostAddress, Map<String, Quantity> allocatable) {}

  /**
   * The value at a field path.
   *
   * @throws ConfigurationException when there is no such field
   */
  public static String field(Pod pod, String path, Surroundings surroundings) {
    ObjectMeta meta = pod.getMetadata();
    Optional<String> key = subscript(path);
    String field = key.isPresent() ? path.substring(0, path.indexOf('[')) : path;
    return switch (field) {
      case "metadata.name" -> meta.getName();
      case "metadata.namespace" -> meta.getNamespace();
      case "metadata.uid" -> meta.getUid();
      case "metadata.labels" ->
          key.map(k -> meta.getLabels().getOrDefault(k, ""))
              .orElseGet(() -> lines(meta.getLabels()));
      case "metadata.annotations" ->
          key.map(k -> meta.getAnnotations().getOrDefault(k, ""))
              .orElseGet(() -> lines(meta.getAnnotations()));
      case "spec.nodeName" -> text(pod.getSpec().getNodeName());
      case "spec.serviceAccountName" -> text(pod.getSpec().getServiceAccountName());
      case "status.hostIP", "status.hostIPs" -> surroundings.hostAddress();
      case "status.podIP" -> surroundings.addresses().stream().findFirst().orElse("");
      case "status.podIPs" -> String.join(",", surroundings.addresses());
      default -> throw new ConfigurationException("unsupported fieldPath: " + path);
    };
  }

  private static String text(String value) {
    return value == null ? "" : value;
  }

  private static Optional<String> subscript(String path) {
    int open = path.indexOf("['");
    return open > 0 && path.endsWith("']")
        ? Optional.of(path.substring(open + 2, path.length() - 2))
        : Optional.empty();
  }

  private static String lines(Map<String, String> map) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(map == null ? Map.of() : map)
        .forEach((k, v) -> text.append(k).append('=').append(quoted(v)).append('\n'));
    return text.isEmpty() ? "" : text.substring(0, text.length() - 1);
  }

  private static String quoted(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        default -> out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /**
   * A container's limit or request, divided and rounded up.
   *
   * @param ownContainer the container to ask when the selector names none
   */
  public static String resource(
      Pod pod,
      ResourceFieldSelector selector,
      Optional<Container> ownContainer,
      Surroundings surroundings) {
    String name = selector.getContainerName();
    Container container =
        name == null || name.isEmpty()
            ? ownContainer.orElseThrow(
                () -> new ConfigurationException("resourceFieldRef needs a containerName"))
            : Stream.concat(
                    pod.getSpec().getContainers().stream(),
                    pod.getSpec().getInitContainers().stream())
                .filter(c -> name.equals(c.getName()))
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("container " + name + " not found"));
    int dot = selector.getResource().indexOf('.');
    if (dot < 0) {
      throw new ConfigurationException("unsupported container resource: " + selector.getResource());
    }
    String kind = selector.getResource().substring(0, dot);
    String resource = selector.getResource().substring(dot + 1);
    Map<String, Quantity> limits =
        container.getResources() == null ? Map.of() : container.getResources().getLimits();
    Map<String, Quantity> requests =
        container.getResources() == null ? Map.of() : container.getResources().getRequests();
    Quantity quantity =
        switch (kind) {
          case "limits" -> limits.getOrDefault(resource, surroundings.allocatable().get(resource));
          case "requests" -> requests.getOrDefault(resource, limits.get(resource));
          default ->
              throw new ConfigurationException(
                  "unsupported container resource: " + selector.getResource());
        };
    return quantity == null
        ? "0"
        : Long.toString(Quantities.divided(quantity, selector.getDivisor()));
  }
}
