package dev.mokha.client.match;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;

/** Taints, and what tolerates them. */
public final class Tolerations {
  private Tolerations() {}

  /** Whether any of them covers the taint. */
  public static boolean tolerate(List<Toleration> tolerations, Taint taint) {
    return tolerations != null && tolerations.stream().anyMatch(t -> tolerates(t, taint));
  }

  /** Whether one toleration covers the taint. */
  public static boolean tolerates(Toleration t, Taint taint) {
    if (isSet(t.getEffect()) && !t.getEffect().equals(taint.getEffect())) {
      return false;
    }
    if (isSet(t.getKey()) && !t.getKey().equals(taint.getKey())) {
      return false;
    }
    if ("Exists".equals(t.getOperator())) {
      return true;
    }
    // An empty key needs the operator Exists; validation sees to that.
    String value = t.getValue() == null ? "" : t.getValue();
    return isSet(t.getKey()) && value.equals(taint.getValue() == null ? "" : taint.getValue());
  }

  private static boolean isSet(String text) {
    return text != null && !text.isEmpty();
  }
}
