package dev.mokha.server.crd;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Groups of the Kubernetes project want an approval, named in the annotation {@code
 * api-approved.kubernetes.io} (KEP-1111).
 */
final class ApprovalPolicy {
  static final String ANNOTATION = "api-approved.kubernetes.io";
  private static final String SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

  private ApprovalPolicy() {}

  static boolean concerns(String group) {
    return group.equals("k8s.io")
        || group.endsWith(".k8s.io")
        || group.equals("kubernetes.io")
        || group.endsWith(".kubernetes.io");
  }

  /** Writes the condition of a definition whose group is one of the project's. */
  static void judge(Definition definition, Conditions conditions) {
    String type = "KubernetesAPIApprovalPolicyConformant";
    String given =
        definition.tree().path("metadata").path("annotations").path(ANNOTATION).asString("");
    if (given.isEmpty()) {
      conditions.set(
          type,
          false,
          "MissingAnnotation",
          "protected groups must have approval annotation \"%s\", %s".formatted(ANNOTATION, SEE));
    } else if (given.startsWith("unapproved")) {
      conditions.set(type, false, "UnapprovedAnnotation", "not approved: \"" + given + "\"");
    } else if (isUrl(given)) {
      conditions.set(type, true, "ApprovedAnnotation", "approved in " + given);
    } else {
      conditions.set(
          type,
          false,
          "InvalidAnnotation",
          "protected groups must have approval annotation \"%s\" with either a URL or a reason starting with \"unapproved\", %s"
              .formatted(ANNOTATION, SEE));
    }
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() != null && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
