package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The Pod Security Standards (KEP-2579), chosen by a namespace's labels {@code
 * pod-security.kubernetes.io/enforce} and {@code .../warn}: pods are refused or warned of; the
 * objects that pods are made from are only warned of.
 */
public final class PodSecurity implements AdmissionPlugin {
  static final String LABEL = "pod-security.kubernetes.io/";
  private static final Map<String, List<String>> TEMPLATES =
      Map.of(
          "deployments", List.of("spec", "template"),
          "replicasets", List.of("spec", "template"),
          "statefulsets", List.of("spec", "template"),
          "daemonsets", List.of("spec", "template"),
          "replicationcontrollers", List.of("spec", "template"),
          "jobs", List.of("spec", "template"),
          "cronjobs", List.of("spec", "jobTemplate", "spec", "template"),
          "podtemplates", List.of("template"));

  private final ObjectReader objects;

  /** Looks the namespaces up among the stored objects. */
  public PodSecurity(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "PodSecurity";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    boolean write =
        request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
    String resource = request.type().gvr().resource();
    boolean pod =
        request.isCreateOf("", "pods")
            || (resource.equals("pods") && request.subresource().equals("ephemeralcontainers"));
    boolean namespace = request.isFor("", "namespaces") && request.operation() != Operation.DELETE;
    return namespace
        || (write && (pod || (request.subresource().isEmpty() && TEMPLATES.containsKey(resource))));
  }

  @Override
  public void validate(AdmissionRequest request) {
    if (request.isFor("", "namespaces")) {
      PodSecurityLabels.check(request, objects);
      return;
    }
    Optional<KubeObject> namespace = objects.find("", "namespaces", "", request.namespace());
    if (namespace.isEmpty() || request.object() == null) {
      return;
    }
    Map<String, String> labels = namespace.get().labels();
    String resource = request.type().gvr().resource();
    if (resource.equals("pods")) {
      List<String> problems = check(labels, "enforce", request.object());
      request.annotate(
          LABEL + "enforce-policy",
          "%s:%s"
              .formatted(
                  labels.getOrDefault(LABEL + "enforce", "privileged"),
                  labels.getOrDefault(LABEL + "enforce-version", "latest")));
      audit(request, labels, request.object());
      if (!problems.isEmpty()) {
        throw request.refuse(violates(labels, "enforce", problems));
      }
      warn(request, labels, request.object());
    } else {
      JsonNode template = request.object();
      for (String field : TEMPLATES.get(resource)) {
        template = template.path(field);
      }
      audit(request, labels, template);
      warn(request, labels, template);
    }
  }

  private static void audit(AdmissionRequest request, Map<String, String> labels, JsonNode pod) {
    List<String> problems = check(labels, "audit", pod);
    if (!problems.isEmpty()) {
      request.annotate(
          LABEL + "audit-violations",
          "would violate" + violates(labels, "audit", problems).substring(8));
    }
  }

  private static void warn(AdmissionRequest request, Map<String, String> labels, JsonNode pod) {
    List<String> problems = check(labels, "warn", pod);
    if (!problems.isEmpty()) {
      request.warn("would violate" + violates(labels, "warn", problems).substring(8));
    }
  }

  private static String violates(Map<String, String> labels, String mode, List<String> problems) {
    return "violates PodSecurity \"%s:%s\": %s"
        .formatted(
            labels.get(LABEL + mode),
            labels.getOrDefault(LABEL + mode + "-version", "latest"),
            String.join(", ", problems));
  }

  static List<String> check(Map<String, String> labels, String mode, JsonNode pod) {
    return switch (labels.getOrDefault(LABEL + mode, "privileged")) {
      case "baseline" -> SecurityStandard.baseline(pod);
      case "restricted" -> SecurityStandard.restricted(pod);
      default -> List.of();
    };
  }
}
