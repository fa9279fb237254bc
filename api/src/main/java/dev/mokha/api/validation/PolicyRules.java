package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.quantity.Quantity;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The rules for what limits others: disruption budgets, limit ranges, quotas, priorities. */
final class PolicyRules {
  private static final long HIGHEST_USER_PRIORITY = 1_000_000_000;

  private static final Set<String> SCOPES =
      Set.of(
          "Terminating",
          "NotTerminating",
          "BestEffort",
          "NotBestEffort",
          "PriorityClass",
          "CrossNamespacePodAffinity",
          "VolumeAttributesClass");

  private static final List<String> METRIC_TYPES =
      List.of("ContainerResource", "External", "Object", "Pods", "Resource");
  private static final Set<String> TARGET_TYPES = Set.of("Utilization", "Value", "AverageValue");
  private static final Set<String> POD_SCOPES =
      Set.of("Terminating", "NotTerminating", "BestEffort", "NotBestEffort");

  private PolicyRules() {}

  static void disruptionBudget(Value budget) {
    Value spec = budget.at("spec");
    Value least = spec.at("minAvailable");
    Value most = spec.at("maxUnavailable");
    if (least.exists() && most.exists()) {
      spec.invalid("minAvailable and maxUnavailable cannot be both set");
    }
    for (Value share : List.of(least, most)) {
      Percentages.check(share);
      Percentages.atMostAll(share);
    }
    SelectorRules.check(spec.at("selector"));
    spec.at("unhealthyPodEvictionPolicy").oneOf("AlwaysAllow", "IfHealthyBudget");
  }

  static void priorityClass(Value priority) {
    Value name = priority.at("metadata", "name");
    Value value = priority.at("value");
    if (name.text().startsWith("system-")) {
      boolean known =
          (name.is("system-node-critical") && value.number() == 2_000_001_000L)
              || (name.is("system-cluster-critical") && value.number() == 2_000_000_000L);
      if (!known) {
        name.forbidden(
            "priority class names with 'system-' prefix are reserved for system use only. error:"
                + " "
                + name.text()
                + " is not a known system priority class");
      }
    } else if (value.number() > HIGHEST_USER_PRIORITY) {
      value.forbidden(
          "maximum allowed value of a user defined priority is " + HIGHEST_USER_PRIORITY);
    }
    priority.at("preemptionPolicy").oneOf("PreemptLowerPriority", "Never");
  }

  static void priorityClassChange(Value priority, Value old) {
    if (priority.at("value").number() != old.at("value").number()) {
      priority.at("value").forbidden("may not be changed in an update.");
    }
    priority.at("preemptionPolicy").immutable(old.at("preemptionPolicy"));
  }

  static void limitRange(Value range) {
    Set<String> types = new HashSet<>();
    for (Value limit : range.at("spec", "limits").elements()) {
      Value type = limit.at("type");
      if (!type.isRequired()) {
        continue;
      }
      if (!types.add(type.text())) {
        type.duplicate();
      }
      if (!type.is("Pod") && !type.is("Container") && !type.is("PersistentVolumeClaim")) {
        type.keeps(Names::qualifiedName);
        if (type.text().indexOf('/') < 0) {
          type.invalid("must be a standard limit type or fully qualified");
        }
      }
      if (type.is("Pod")) {
        for (String list : List.of("default", "defaultRequest")) {
          if (!limit.at(list).isEmpty()) {
            limit.at(list).forbidden("may not be specified when `type` is 'Pod'");
          }
        }
      }
      if (type.is("PersistentVolumeClaim")
          && !limit.at("min").node().has("storage")
          && !limit.at("max").node().has("storage")) {
        limit
            .at("limits")
            .required(
                "either minimum or maximum storage value is required, but neither was provided");
      }
      amounts(limit);
    }
  }

  private static void amounts(Value limit) {
    Set<String> resources = new TreeSet<>();
    List<String> lists = List.of("min", "max", "default", "defaultRequest", "maxLimitRequestRatio");
    for (String list : lists) {
      for (Value amount : limit.at(list).entries()) {
        resources.add(amount.name());
        ResourceRules.qualified(amount, amount.name());
        ResourceRules.amountOf(amount.name(), amount);
      }
    }
    for (String resource : resources) {
      atMost(limit, resource, "min", "max");
      atMost(limit, resource, "min", "defaultRequest");
      atMost(limit, resource, "defaultRequest", "max");
      atMost(limit, resource, "defaultRequest", "default");
      atMost(limit, resource, "min", "default");
      atMost(limit, resource, "default", "max");
      Value ratio = limit.at("maxLimitRequestRatio").key(resource);
      if (ratio.exists() && ResourceRules.amount(ratio).compareTo(Quantity.of(1)) < 0) {
        ratio.invalid("ratio " + ratio.text() + " is less than 1");
      }
    }
  }

  private static void atMost(Value limit, String resource, String smaller, String larger) {
    Value small = limit.at(smaller).key(resource);
    Value large = limit.at(larger).key(resource);
    if (small.exists()
        && large.exists()
        && ResourceRules.amount(small).compareTo(ResourceRules.amount(large)) > 0) {
      small.invalid(
          smaller.equals("default") ? large.node() : small.node(),
          "%s value %s is greater than %s value %s"
              .formatted(
                  words(smaller),
                  small.text(),
                  (smaller + larger).equals("defaultRequestdefault")
                      ? "default limit"
                      : words(larger),
                  large.text()));
    }
  }

  private static String words(String list) {
    return list.equals("defaultRequest") ? "default request" : list;
  }

  static void quota(Value quota) {
    for (Value amount : quota.at("spec", "hard").entries()) {
      ResourceRules.qualified(amount, amount.name());
      ResourceRules.standard(amount, amount.name());
      if (amount.name().indexOf('/') < 0 && !ResourceRules.isStandard(amount.name())) {
        amount.invalid(amount.name(), "must be a standard resource for quota");
      }
      ResourceRules.amountOf(amount.name(), amount);
    }
    Value scopes = quota.at("spec", "scopes");
    Set<String> seen = new HashSet<>();
    for (Value scope : scopes.elements()) {
      seen.add(scope.text());
      scopeApplies(scopes, scope.text(), quota.at("spec", "hard"));
      if (!SCOPES.contains(scope.text())) {
        scopes.invalid("unsupported scope");
      }
    }
    boolean contradiction =
        (seen.contains("BestEffort") && seen.contains("NotBestEffort"))
            || (seen.contains("Terminating") && seen.contains("NotTerminating"));
    if (contradiction) {
      scopes.invalid("conflicting scopes");
    }
    for (Value expression : quota.at("spec", "scopeSelector").at("matchExpressions").elements()) {
      if (!SCOPES.contains(expression.at("scopeName").text())) {
        expression.at("scopeName").invalid("unsupported scope");
      }
      expression.at("operator").requiredOneOf("DoesNotExist", "Exists", "In", "NotIn");
    }
  }

  /** Scopes that look at pods can't limit anything but pods and what pods ask for. */
  private static void scopeApplies(Value scopes, String scope, Value hard) {
    if (!POD_SCOPES.contains(scope)) {
      return;
    }
    for (Value amount : hard.entries()) {
      String resource = amount.name();
      boolean computes =
          resource.endsWith("cpu")
              || resource.endsWith("memory")
              || resource.endsWith("ephemeral-storage");
      if (!resource.equals("pods") && (scope.equals("BestEffort") || !computes)) {
        scopes.invalid("unsupported scope applied to resource");
        return;
      }
    }
  }

  static void quotaChange(Value quota, Value old) {
    quota.at("spec", "scopes").immutable(old.at("spec", "scopes"));
    quota.at("spec", "scopeSelector").immutable(old.at("spec", "scopeSelector"));
  }

  static void lease(Value lease) {
    Value spec = lease.at("spec");
    spec.at("leaseDurationSeconds").positive();
    spec.at("leaseTransitions").nonNegative();
    if (spec.has("preferredHolder") && spec.at("strategy").isEmpty()) {
      spec.at("preferredHolder").forbidden("may only be specified if `strategy` is defined");
    }
  }

  static void runtimeClass(Value runtime) {
    Value handler = runtime.at("handler");
    handler.invalid(Names.dns1123Label(handler.text()));
    for (Value amount : runtime.at("overhead", "podFixed").entries()) {
      ResourceRules.amountOf(amount.name(), amount);
    }
    SelectorRules.labels(runtime.at("scheduling", "nodeSelector"));
    PodRules.tolerations(runtime.at("scheduling", "tolerations"));
  }

  static void runtimeClassChange(Value runtime, Value old) {
    runtime.at("handler").immutable(old.at("handler"));
  }

  static void autoscaler(Value autoscaler) {
    Value spec = autoscaler.at("spec");
    Value target = spec.at("scaleTargetRef");
    for (String field : List.of("kind", "name")) {
      target.at(field).requiredKeeping(Names::pathSegment);
    }
    Value least = spec.at("minReplicas");
    Value most = spec.at("maxReplicas");
    if (least.exists() && least.number() < 1) {
      least.invalid("must be greater than or equal to 1");
    }
    if (least.exists() && least.number() == 0 && !scalesFromZero(spec.at("metrics"))) {
      spec.at("metrics")
          .forbidden(
              "must specify at least one Object or External metric to support scaling to zero"
                  + " replicas");
    }
    if (most.number() < 1) {
      most.required("must be set and greater than 0");
    } else if (least.exists() && most.number() < least.number()) {
      most.invalid("must be greater than or equal to `minReplicas`");
    }
    for (Value metric : spec.at("metrics").elements()) {
      metric(metric);
    }
    spec.at("targetCPUUtilizationPercentage").positive();
  }

  private static boolean scalesFromZero(Value metrics) {
    return metrics.elements().stream()
        .anyMatch(m -> m.at("type").is("Object") || m.at("type").is("External"));
  }

  private static void metric(Value metric) {
    Value type = metric.at("type");
    if (type.isEmpty()) {
      type.required("must specify a metric source type");
      return;
    }
    if (!METRIC_TYPES.contains(type.text())) {
      type.notSupported(METRIC_TYPES.toArray(String[]::new));
      return;
    }
    String text = type.text();
    String field = text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    Value source = metric.at(field);
    if (!source.exists()) {
      source.required("must populate information for the given metric source");
      return;
    }
    Value target = source.at("target");
    if (target.exists()) {
      Value form = target.at("type");
      if (form.isRequired() && !TARGET_TYPES.contains(form.text())) {
        form.invalid("must be either Utilization, Value, or AverageValue");
      }
      target.at("averageUtilization").positive();
      for (String amount : List.of("value", "averageValue")) {
        if (target.has(amount) && ResourceRules.amount(target.at(amount)).signum() <= 0) {
          target.at(amount).invalid("must be positive");
        }
      }
    }
    if (text.equals("Resource") || text.equals("ContainerResource")) {
      if (source.at("name").isEmpty()) {
        source.at("name").required("must specify a resource name");
      }
    }
  }
}
