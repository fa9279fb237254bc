package dev.mokha.server.rest;

import dev.mokha.server.pipeline.ApiCall;
import java.util.Set;

/** The kinds that are stored and served, and nothing acts on them yet. */
final class WithoutController {
  private static final Set<String> RESOURCES =
      Set.of(
          "/persistentvolumeclaims",
          "/persistentvolumes",
          "apps/daemonsets",
          "apps/statefulsets",
          "batch/jobs",
          "batch/cronjobs",
          "autoscaling/horizontalpodautoscalers",
          "networking.k8s.io/networkpolicies",
          "networking.k8s.io/ingresses",
          "storage.k8s.io/volumeattachments",
          "resource.k8s.io/resourceclaims",
          "resource.k8s.io/resourceclaimtemplates");

  private WithoutController() {}

  /** Tells whoever creates such an object that it will only lie there. */
  static void warn(ApiCall call) {
    ServedResource r = call.resource();
    if (RESOURCES.contains(r.group() + "/" + r.resource())) {
      call.warnings()
          .add(
              "%s is stored, but this version of Mokha does not act on objects of this kind yet"
                  .formatted(r.type().kind()));
    }
  }
}
