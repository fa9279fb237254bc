package dev.mokha.api.validation;

import dev.mokha.api.object.JsonEquality;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.api.selector.SelectorException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The rules for Jobs and CronJobs. */
final class JobRules {
  private static final int LONGEST_CRON_NAME = 52;

  private JobRules() {}

  static void job(Value job) {
    Value spec = job.at("spec");
    Value selector = spec.at("selector");
    if (!selector.exists()) {
      selector.required();
    } else {
      SelectorRules.check(selector);
      Map<String, String> labels = new HashMap<>();
      spec.at("template")
          .at("metadata", "labels")
          .entries()
          .forEach(l -> labels.put(l.name(), l.text()));
      try {
        if (!LabelSelector.ofObject(selector.node()).matches(labels)) {
          spec.at("template")
              .at("metadata", "labels")
              .invalid("`selector` does not match template `labels`");
        }
      } catch (SelectorException e) {
        selector.invalid(e.getMessage());
      }
    }
    spec(spec);
  }

  private static void spec(Value spec) {
    for (String count :
        List.of(
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "backoffLimit",
            "ttlSecondsAfterFinished",
            "backoffLimitPerIndex",
            "maxFailedIndexes")) {
      spec.at(count).nonNegative();
    }
    Value mode = spec.at("completionMode");
    mode.oneOf("NonIndexed", "Indexed");
    if (mode.is("Indexed") && !spec.has("completions")) {
      spec.at("completions").required("when completion mode is Indexed");
    }
    for (String indexed : List.of("backoffLimitPerIndex", "successPolicy")) {
      if (spec.has(indexed) && !mode.is("Indexed")) {
        spec.at(indexed).invalid("requires indexed completion mode");
      }
    }
    spec.at("podReplacementPolicy").oneOf("Failed", "TerminatingOrFailed");
    Value template = spec.at("template");
    if (!template.exists()) {
      template.required();
      return;
    }
    PodRules.template(template);
    Value policy = template.at("spec", "restartPolicy");
    if (!policy.is("Never") && !policy.is("OnFailure")) {
      policy.required("valid values: \"OnFailure\", \"Never\"");
    }
    if (spec.has("podFailurePolicy")) {
      failurePolicy(spec.at("podFailurePolicy"), policy);
    }
  }

  private static void failurePolicy(Value failure, Value restart) {
    if (restart.is("OnFailure")) {
      restart.invalid("only \"Never\" is supported when podFailurePolicy is specified");
    }
    Value rules = failure.at("rules");
    if (rules.size() > 20) {
      rules.errors().tooMany(rules.path(), rules.size(), 20);
    }
    for (Value rule : rules.elements()) {
      rule.at("action").requiredOneOf("Count", "FailIndex", "FailJob", "Ignore");
      Value codes = rule.at("onExitCodes");
      boolean conditions = !rule.at("onPodConditions").isEmpty();
      if (codes.exists() == conditions) {
        rule.invalid(
            codes.exists()
                ? "specifying both OnExitCodes and OnPodConditions is not supported"
                : "specifying one of OnExitCodes and OnPodConditions is required");
      }
      if (codes.exists()) {
        codes.at("operator").requiredOneOf("In", "NotIn");
        codes.at("values").isRequired();
      }
    }
  }

  static void change(Value job, Value old) {
    Value spec = job.at("spec");
    Value before = old.at("spec");
    spec.at("selector").immutable(before.at("selector"));
    boolean indexed = before.at("completionMode").is("Indexed");
    boolean elastic = indexed && spec.at("completions").sameAs(spec.at("parallelism"));
    if (!elastic) {
      spec.at("completions").immutable(before.at("completions"));
    }
    for (String field :
        List.of(
            "completionMode",
            "podFailurePolicy",
            "backoffLimitPerIndex",
            "managedBy",
            "successPolicy")) {
      spec.at(field).immutable(before.at(field));
    }
    ObjectNode template = (ObjectNode) spec.at("template").node().deepCopy();
    boolean waits = before.at("suspend").flag() && old.at("status", "startTime").isEmpty();
    if (waits) {
      maskScheduling(template, before.at("template"));
    }
    if (!JsonEquality.equal(template, before.at("template").node())) {
      spec.at("template").invalid("field is immutable");
    }
  }

  /** A job that never ran may be told anew where its pods shall run (KEP-2926). */
  private static void maskScheduling(ObjectNode template, Value before) {
    for (String part : List.of("metadata", "spec")) {
      List<String> free =
          part.equals("spec")
              ? List.of("nodeSelector", "tolerations", "affinity", "schedulingGates")
              : List.of("labels", "annotations");
      for (String field : free) {
        ObjectNode target = template.withObject("/" + part);
        if (before.at(part).has(field)) {
          target.set(field, before.at(part, field).node());
        } else {
          target.remove(field);
        }
      }
    }
  }

  static void cronJob(Value job) {
    String name = job.at("metadata", "name").text();
    if (name.length() > LONGEST_CRON_NAME) {
      job.at("metadata", "name").invalid("must be no more than 52 characters");
    }
    Value spec = job.at("spec");
    Value schedule = spec.at("schedule");
    if (schedule.isRequired()) {
      if (schedule.text().contains("TZ")) {
        schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
      } else {
        String wrong = CronText.check(schedule.text());
        if (!wrong.isEmpty()) {
          schedule.invalid(wrong);
        }
      }
    }
    spec.at("startingDeadlineSeconds").nonNegative();
    timeZone(spec.at("timeZone"));
    spec.at("concurrencyPolicy").requiredOneOf("Allow", "Forbid", "Replace");
    spec.at("successfulJobsHistoryLimit").nonNegative();
    spec.at("failedJobsHistoryLimit").nonNegative();
    Value template = spec.at("jobTemplate");
    SelectorRules.templateMeta(template.at("metadata"));
    if (template.at("spec", "manualSelector").flag()) {
      template.at("spec", "manualSelector").notSupported("nil", "false");
    }
    spec(template.at("spec"));
  }

  private static void timeZone(Value zone) {
    if (!zone.exists()) {
      return;
    }
    if (zone.isEmpty()) {
      zone.invalid("timeZone must be nil or non-empty string");
      return;
    }
    try {
      if (zone.text().equalsIgnoreCase("Local")) {
        zone.invalid(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
      } else {
        ZoneId.of(zone.text());
      }
    } catch (DateTimeException e) {
      zone.invalid("unknown time zone " + zone.text());
    }
  }
}
