package dev.mokha.server.admission.matching;

import dev.mokha.server.admission.AdmissionRequest;
import java.util.Set;

/** The objects by which users configure admission. No webhook and no policy judges them. */
public final class AdmissionKinds {
  /** Their API group. */
  public static final String GROUP = "admissionregistration.k8s.io";

  private static final Set<String> RESOURCES =
      Set.of(
          "mutatingwebhookconfigurations",
          "validatingwebhookconfigurations",
          "mutatingadmissionpolicies",
          "mutatingadmissionpolicybindings",
          "validatingadmissionpolicies",
          "validatingadmissionpolicybindings");

  private AdmissionKinds() {}

  /**
   * Whether a request is for such an object: whoever could refuse it could lock all out for good.
   */
  public static boolean isMeant(AdmissionRequest request) {
    return request.type().gvr().group().equals(GROUP)
        && RESOURCES.contains(request.type().gvr().resource());
  }
}
