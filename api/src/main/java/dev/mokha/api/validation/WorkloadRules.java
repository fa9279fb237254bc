package dev.mokha.api.validation;

import dev.mokha.api.selector.LabelSelector;
import dev.mokha.api.selector.SelectorException;
import java.util.HashMap;
import java.util.Map;

/** The rules for what makes pods and keeps them running: the apps group and its forerunner. */
final class WorkloadRules {
  private WorkloadRules() {}

  static void replicationController(Value controller) {
    Value spec = controller.at("spec");
    spec.at("replicas").nonNegative();
    spec.at("minReadySeconds").nonNegative();
    Value selector = spec.at("selector");
    SelectorRules.labels(selector);
    if (selector.isEmpty()) {
      selector.required();
    }
    Value template = spec.at("template");
    if (!template.exists()) {
      template.required();
      return;
    }
    if (!selector.isEmpty()) {
      Map<String, String> wanted = labels(selector);
      matches(LabelSelector.ofLabels(wanted), template);
    }
    PodRules.template(template);
    runsForever(template, "ReplicationController");
  }

  static void replicaSet(Value set) {
    Value spec = set.at("spec");
    spec.at("replicas").nonNegative();
    spec.at("minReadySeconds").nonNegative();
    selectorAndTemplate(spec, "deployment");
    runsForever(spec.at("template"), "ReplicaSet");
  }

  static void deployment(Value deployment) {
    Value spec = deployment.at("spec");
    spec.at("replicas").nonNegative();
    selectorAndTemplate(spec, "deployment");
    runsForever(spec.at("template"), "ReplicaSet");
    Value strategy = spec.at("strategy");
    strategy.at("type").requiredOneOf("Recreate", "RollingUpdate");
    Value rolling = strategy.at("rollingUpdate");
    if (strategy.at("type").is("Recreate") && rolling.exists()) {
      rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
    } else if (strategy.at("type").is("RollingUpdate")) {
      if (rolling.exists()) {
        rolling(rolling);
      } else {
        rolling.required("this should be defaulted and never be nil");
      }
    }
    spec.at("minReadySeconds").nonNegative();
    spec.at("revisionHistoryLimit").nonNegative();
    Value deadline = spec.at("progressDeadlineSeconds");
    deadline.nonNegative();
    if (deadline.exists() && deadline.number() <= spec.at("minReadySeconds").number()) {
      deadline.invalid("must be greater than minReadySeconds");
    }
  }

  private static void rolling(Value rolling) {
    Value unavailable = rolling.at("maxUnavailable");
    Value surge = rolling.at("maxSurge");
    Percentages.check(unavailable);
    Percentages.check(surge);
    if (Percentages.isZero(unavailable) && Percentages.isZero(surge)) {
      unavailable.invalid("may not be 0 when `maxSurge` is 0");
    }
    Percentages.atMostAll(unavailable);
  }

  static void daemonSet(Value set) {
    Value spec = set.at("spec");
    selectorAndTemplate(spec, "daemonset");
    runsForever(spec.at("template"), "DaemonSet");
    spec.at("minReadySeconds").nonNegative();
    spec.at("revisionHistoryLimit").nonNegative();
    Value strategy = spec.at("updateStrategy");
    strategy.at("type").oneOf("OnDelete", "RollingUpdate");
    Value rolling = strategy.at("rollingUpdate");
    if (strategy.at("type").is("RollingUpdate")) {
      if (!rolling.exists()) {
        rolling.required();
        return;
      }
      Percentages.check(rolling.at("maxUnavailable"));
      Percentages.check(rolling.at("maxSurge"));
      Percentages.atMostAll(rolling.at("maxUnavailable"));
      Percentages.atMostAll(rolling.at("maxSurge"));
      boolean unavailable = !Percentages.isZero(rolling.at("maxUnavailable"));
      boolean surge = !Percentages.isZero(rolling.at("maxSurge"));
      if (unavailable && surge) {
        rolling.at("maxSurge").invalid("may not be set when maxUnavailable is non-zero");
      } else if (!unavailable && !surge) {
        rolling.at("maxUnavailable").required("cannot be 0 when maxSurge is 0");
      }
    }
  }

  static void statefulSet(Value set) {
    Value spec = set.at("spec");
    Value management = spec.at("podManagementPolicy");
    if (management.isRequired() && !management.is("OrderedReady") && !management.is("Parallel")) {
      management.invalid("must be 'OrderedReady' or 'Parallel'");
    }
    Value strategy = spec.at("updateStrategy");
    if (!strategy.at("type").is("OnDelete") && !strategy.at("type").is("RollingUpdate")) {
      strategy.invalid("must be 'RollingUpdate' or 'OnDelete'");
    }
    Value rolling = strategy.at("rollingUpdate");
    if (strategy.at("type").is("OnDelete") && rolling.exists()) {
      rolling.invalid("only allowed for updateStrategy 'RollingUpdate'");
    }
    rolling.at("partition").nonNegative();
    if (rolling.has("maxUnavailable")) {
      Percentages.check(rolling.at("maxUnavailable"));
      Percentages.atMostAll(rolling.at("maxUnavailable"));
      if (Percentages.isZero(rolling.at("maxUnavailable"))) {
        rolling.at("maxUnavailable").invalid("cannot be 0");
      }
    }
    Value retention = spec.at("persistentVolumeClaimRetentionPolicy");
    if (retention.exists()) {
      retention.at("whenDeleted").requiredOneOf("Delete", "Retain");
      retention.at("whenScaled").requiredOneOf("Delete", "Retain");
    }
    spec.at("replicas").nonNegative();
    spec.at("minReadySeconds").nonNegative();
    spec.at("revisionHistoryLimit").nonNegative();
    spec.at("ordinals", "start").nonNegative();
    selectorAndTemplate(spec, "statefulset");
    runsForever(spec.at("template"), "StatefulSet");
  }

  static void statefulSetChange(Value set, Value old) {
    Value spec = set.at("spec");
    for (String field : Fields.union(spec, old.at("spec"))) {
      boolean free =
          switch (field) {
            case "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds" ->
                true;
            default -> false;
          };
      if (!free && !spec.at(field).sameAs(old.at("spec", field))) {
        spec.forbidden(
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
                + " 'updateStrategy', 'revisionHistoryLimit',"
                + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        return;
      }
    }
  }

  static void selectorStays(Value object, Value old) {
    object.at("spec", "selector").immutable(old.at("spec", "selector"));
  }

  /** Counts in a status are never negative. */
  static void status(Value object, Value old) {
    Value status = object.at("status");
    for (String count : Fields.union(status, old.at("status"))) {
      if (count.endsWith("eplicas") || count.startsWith("number") || count.endsWith("Scheduled")) {
        status.at(count).nonNegative();
      }
    }
    status.at("observedGeneration").nonNegative();
    Value collisions = status.at("collisionCount");
    collisions.nonNegative();
    if (collisions.number() < old.at("status", "collisionCount").number()) {
      collisions.invalid("cannot be decremented");
    }
  }

  /** {@code scale} of any of them. */
  static void scale(Value scale, Value old) {
    scale.at("spec", "replicas").nonNegative();
  }

  private static void selectorAndTemplate(Value spec, String what) {
    Value selector = spec.at("selector");
    if (!selector.exists()) {
      selector.required();
    } else {
      SelectorRules.check(selector);
      if (selector.at("matchLabels").isEmpty() && selector.at("matchExpressions").isEmpty()) {
        selector.invalid("empty selector is invalid for " + what);
      }
    }
    Value template = spec.at("template");
    if (!template.exists()) {
      template.required();
      return;
    }
    try {
      if (!selector.isEmpty()) {
        matches(LabelSelector.ofObject(selector.node()), template);
      }
    } catch (SelectorException e) {
      if (selector.errors().isEmpty()) {
        selector.invalid(e.getMessage());
      }
    }
    PodRules.template(template);
  }

  private static void matches(LabelSelector selector, Value template) {
    Value labels = template.at("metadata", "labels");
    if (!selector.isEverything() && !selector.matches(labels(labels))) {
      labels.invalid("`selector` does not match template `labels`");
    }
  }

  private static Map<String, String> labels(Value labels) {
    Map<String, String> map = new HashMap<>();
    labels.entries().forEach(l -> map.put(l.name(), l.text()));
    return map;
  }

  private static void runsForever(Value template, String what) {
    Value policy = template.at("spec", "restartPolicy");
    if (!policy.isEmpty()) {
      policy.oneOf("Always");
    }
    Value deadline = template.at("spec", "activeDeadlineSeconds");
    if (deadline.exists()) {
      deadline.forbidden("activeDeadlineSeconds in " + what + " is not Supported");
    }
  }
}
