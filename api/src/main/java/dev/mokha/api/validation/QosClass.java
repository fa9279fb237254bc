package dev.mokha.api.validation;

import dev.mokha.api.quantity.Quantity;
import java.util.ArrayList;
import java.util.List;

/** The quality of service that a pod's requests and limits put it into. */
final class QosClass {
  private QosClass() {}

  static String of(Value spec) {
    boolean any = false;
    boolean guaranteed = true;
    List<Value> containers = new ArrayList<>(spec.at("containers").elements());
    containers.addAll(spec.at("initContainers").elements());
    for (Value container : containers) {
      for (String resource : List.of("cpu", "memory")) {
        Quantity request = ResourceRules.amount(container.at("resources", "requests").at(resource));
        Quantity limit = ResourceRules.amount(container.at("resources", "limits").at(resource));
        any |= !request.isZero() || !limit.isZero();
        guaranteed &= !limit.isZero() && (request.isZero() || request.equals(limit));
      }
    }
    if (!any) {
      return "BestEffort";
    }
    return guaranteed ? "Guaranteed" : "Burstable";
  }
}
