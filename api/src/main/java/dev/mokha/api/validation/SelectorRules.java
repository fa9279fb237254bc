package dev.mokha.api.validation;

import dev.mokha.api.names.Names;

/** The rules for label selectors in the object form, and for labels of templates. */
final class SelectorRules {
  private SelectorRules() {}

  static void check(Value selector) {
    for (Value label : selector.at("matchLabels").entries()) {
      Value labels = selector.at("matchLabels");
      Names.qualifiedName(label.name()).forEach(m -> labels.invalid(label.name(), m));
      Names.labelValue(label.text()).forEach(m -> labels.invalid(label.text(), m));
    }
    for (Value expression : selector.at("matchExpressions").elements()) {
      expression(expression);
    }
  }

  private static void expression(Value expression) {
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
      default -> expression.at("operator").invalid("not a valid selector operator");
    }
    Value key = expression.at("key");
    key.invalid(Names.qualifiedName(key.text()));
    for (Value value : values.elements()) {
      value.keeps(Names::labelValue);
    }
  }

  /** Keys and values of plain labels. */
  static void labels(Value labels) {
    if (labels.exists()) {
      ObjectMetaRules.labels(labels.node(), labels.path(), labels.errors());
    }
  }

  /** Labels and annotations of a template. */
  static void templateMeta(Value meta) {
    labels(meta.at("labels"));
    Value annotations = meta.at("annotations");
    if (annotations.exists()) {
      ObjectMetaRules.annotations(annotations.node(), annotations.path(), annotations.errors());
    }
  }
}
