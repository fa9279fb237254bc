package dev.mokha.server.admission;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The labels of a namespace that choose a Pod Security Standard: they must make sense, and who
 * tightens what is enforced hears which pods are already there that break it.
 */
final class PodSecurityLabels {
  private static final Set<String> LEVELS = Set.of("privileged", "baseline", "restricted");
  private static final int MOST_PODS = 3000;

  private PodSecurityLabels() {}

  static void check(AdmissionRequest request, ObjectReader objects) {
    Map<String, String> now = chosen(labels(request.object()));
    Map<String, String> before =
        chosen(request.oldObject().map(KubeObject::labels).orElse(Map.of()));
    if (!request.subresource().isEmpty() || now.equals(before)) {
      return;
    }
    List<StatusCause> wrong = wrong(now);
    if (!wrong.isEmpty()) {
      throw StatusException.invalid("", "Namespace", request.name(), wrong);
    }
    String enforce = PodSecurity.LABEL + "enforce";
    boolean tighter =
        rank(now.getOrDefault(enforce, "privileged"))
            > rank(before.getOrDefault(enforce, "privileged"));
    if (tighter && request.oldObject().isPresent()) {
      warnOfPods(request, now, objects);
    }
  }

  private static int rank(String level) {
    return List.of("privileged", "baseline", "restricted").indexOf(level);
  }

  private static Map<String, String> labels(JsonNode namespace) {
    Map<String, String> labels = new HashMap<>();
    namespace
        .path("metadata")
        .path("labels")
        .properties()
        .forEach(e -> labels.put(e.getKey(), e.getValue().asString("")));
    return labels;
  }

  private static Map<String, String> chosen(Map<String, String> labels) {
    Map<String, String> chosen = new HashMap<>();
    for (String mode : List.of("enforce", "audit", "warn")) {
      for (String label :
          List.of(PodSecurity.LABEL + mode, PodSecurity.LABEL + mode + "-version")) {
        if (labels.containsKey(label)) {
          chosen.put(label, labels.get(label));
        }
      }
    }
    return chosen;
  }

  private static List<StatusCause> wrong(Map<String, String> labels) {
    List<StatusCause> wrong = new ArrayList<>();
    for (String mode : List.of("enforce", "audit", "warn")) {
      String level = PodSecurity.LABEL + mode;
      if (labels.containsKey(level) && !LEVELS.contains(labels.get(level))) {
        wrong.add(
            cause(level, labels.get(level), "must be one of privileged, baseline, restricted"));
      }
      String version = level + "-version";
      if (labels.containsKey(version)
          && !labels.get(version).matches("latest|v1\\.(0|[1-9][0-9]{0,3})")) {
        wrong.add(cause(version, labels.get(version), "must be \"latest\" or \"v1.x\""));
      }
    }
    return wrong;
  }

  private static StatusCause cause(String label, String value, String why) {
    return new StatusCause(
        "FieldValueInvalid",
        "Invalid value: \"%s\": %s".formatted(value, why),
        "metadata.labels[%s]".formatted(label));
  }

  private static void warnOfPods(
      AdmissionRequest request, Map<String, String> labels, ObjectReader objects) {
    Map<String, List<String>> byProblems = new LinkedHashMap<>();
    int looked = 0;
    for (KubeObject pod : objects.list("", "pods", request.name())) {
      if (++looked > MOST_PODS) {
        break;
      }
      List<String> problems = PodSecurity.check(labels, "enforce", pod.toTree());
      if (!problems.isEmpty()) {
        String kinds =
            String.join(", ", problems.stream().map(p -> p.replaceFirst(" \\(.*", "")).toList());
        byProblems.computeIfAbsent(kinds, p -> new ArrayList<>()).add(pod.name());
      }
    }
    if (byProblems.isEmpty()) {
      return;
    }
    request.warn(
        "existing pods in namespace \"%s\" violate the new PodSecurity enforce level \"%s:%s\""
            .formatted(
                request.name(),
                labels.get(PodSecurity.LABEL + "enforce"),
                labels.getOrDefault(PodSecurity.LABEL + "enforce-version", "latest")));
    byProblems.forEach(
        (problems, pods) -> {
          int others = pods.size() - 1;
          String who =
              others == 0
                  ? pods.getFirst()
                  : "%s (and %d other pod%s)"
                      .formatted(pods.getFirst(), others, others == 1 ? "" : "s");
          request.warn(who + ": " + problems);
        });
  }
}
