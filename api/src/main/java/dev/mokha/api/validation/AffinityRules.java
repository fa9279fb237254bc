package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules for affinity, node selectors in the long form, and spreading. */
final class AffinityRules {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

  private AffinityRules() {}

  static void affinity(Value affinity) {
    Value node = affinity.at("nodeAffinity");
    if (node.has(REQUIRED)) {
      nodeSelector(node.at(REQUIRED));
    }
    for (Value preferred : node.at(PREFERRED).elements()) {
      weight(preferred);
      nodeSelectorTerm(preferred.at("preference"));
    }
    for (String kind : List.of("podAffinity", "podAntiAffinity")) {
      affinity.at(kind, REQUIRED).elements().forEach(AffinityRules::podTerm);
      for (Value preferred : affinity.at(kind, PREFERRED).elements()) {
        weight(preferred);
        podTerm(preferred.at("podAffinityTerm"));
      }
    }
  }

  private static void weight(Value preferred) {
    long weight = preferred.at("weight").number();
    if (weight < 1 || weight > 100) {
      preferred.at("weight").invalid("must be in the range 1-100");
    }
  }

  private static void podTerm(Value term) {
    SelectorRules.check(term.at("labelSelector"));
    SelectorRules.check(term.at("namespaceSelector"));
    for (Value namespace : term.at("namespaces").elements()) {
      term.alias("namespace", namespace).keeps(Names::dns1123Label);
    }
    Value key = term.at("topologyKey");
    topologyKey(key);
    if (key.isEmpty()) {
      key.invalid(Names.qualifiedName(""));
    }
  }

  private static void topologyKey(Value key) {
    if (key.isEmpty()) {
      key.required("can not be empty");
    } else {
      key.keeps(Names::qualifiedName);
    }
  }

  /** {@code nodeSelectorTerms}, also of a PersistentVolume. */
  static void nodeSelector(Value selector) {
    Value terms = selector.at("nodeSelectorTerms");
    if (terms.isEmpty()) {
      terms.required("must have at least one node selector term");
    }
    terms.elements().forEach(AffinityRules::nodeSelectorTerm);
  }

  static void nodeSelectorTerm(Value term) {
    for (Value expression : term.at("matchExpressions").elements()) {
      nodeExpression(expression);
      expression.at("key").invalid(Names.qualifiedName(expression.at("key").text()));
    }
    for (Value field : term.at("matchFields").elements()) {
      field.at("operator").requiredOneOf("In", "NotIn");
      if (field.at("values").size() != 1) {
        field
            .at("values")
            .required(
                "must be only one value when `operator` is 'In' or 'NotIn' for node field"
                    + " selector");
      }
      if (!field.at("key").is("metadata.name")) {
        field.at("key").invalid("not a valid field selector key");
      }
    }
  }

  private static void nodeExpression(Value expression) {
    Value values = expression.at("values");
    switch (expression.at("operator").text()) {
      case "In", "NotIn" -> {
        if (values.isEmpty()) {
          values.required("must be specified when `operator` is 'In' or 'NotIn'");
        }
      }
      case "Exists", "DoesNotExist" -> {
        if (!values.isEmpty()) {
          values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
      }
      case "Gt", "Lt" -> {
        if (values.size() != 1) {
          values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
      }
      default -> expression.at("operator").invalid("not a valid selector operator");
    }
  }

  static void spread(Value constraints) {
    Map<String, Value> seen = new HashMap<>();
    for (Value constraint : constraints.elements()) {
      if (constraint.at("maxSkew").number() <= 0) {
        constraint.at("maxSkew").invalid("must be greater than zero");
      }
      topologyKey(constraint.at("topologyKey"));
      constraint.at("whenUnsatisfiable").requiredOneOf("DoNotSchedule", "ScheduleAnyway");
      String pair =
          "{"
              + constraint.at("topologyKey").text()
              + ", "
              + constraint.at("whenUnsatisfiable").text()
              + "}";
      Value first = seen.putIfAbsent(pair, constraint);
      if (first != null) {
        first.errors().duplicate(first.path() + ".{topologyKey, whenUnsatisfiable}", pair);
      }
      Value least = constraint.at("minDomains");
      if (least.exists()) {
        if (least.number() <= 0) {
          least.invalid("must be greater than zero");
        }
        if (!constraint.at("whenUnsatisfiable").is("DoNotSchedule")) {
          least.invalid(
              "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
                  + constraint.at("whenUnsatisfiable").text());
        }
      }
      constraint.at("nodeAffinityPolicy").oneOf("Honor", "Ignore");
      constraint.at("nodeTaintsPolicy").oneOf("Honor", "Ignore");
      SelectorRules.check(constraint.at("labelSelector"));
    }
  }
}
