package dev.mokha.api.schema;

import static dev.mokha.api.schema.Trees.isEmpty;
import static dev.mokha.api.schema.Trees.numberUnlessGiven;
import static dev.mokha.api.schema.Trees.object;
import static dev.mokha.api.schema.Trees.text;
import static dev.mokha.api.schema.Trees.textUnlessGiven;

import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What makes pods: controllers, jobs, autoscalers. */
final class WorkloadDefaults {
  private static final String APPS = "io.k8s.api.apps.v1.";
  private static final String BATCH = "io.k8s.api.batch.v1.";
  private static final String SCALING = "io.k8s.api.autoscaling.v2.";

  private WorkloadDefaults() {}

  static void addTo(Map<String, Consumer<ObjectNode>> rules) {
    rules.put("io.k8s.api.core.v1.ReplicationController", WorkloadDefaults::replicationController);
    rules.put(APPS + "DeploymentStrategy", WorkloadDefaults::rolling);
    rules.put(APPS + "DaemonSetUpdateStrategy", WorkloadDefaults::rolling);
    rules.put(APPS + "StatefulSetUpdateStrategy", WorkloadDefaults::rolling);
    rules.put(APPS + "StatefulSetSpec", WorkloadDefaults::claimTemplates);
    rules.put(BATCH + "Job", WorkloadDefaults::job);
    rules.put(
        "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler", WorkloadDefaults::firstAutoscaler);
    rules.put(SCALING + "HorizontalPodAutoscalerSpec", WorkloadDefaults::autoscaler);
  }

  /** The template's labels serve as selector and labels, as before there were ReplicaSets. */
  private static void replicationController(ObjectNode controller) {
    ObjectNode spec = object(controller, "spec");
    JsonNode labels = spec.path("template").path("metadata").path("labels");
    if (labels.isEmpty()) {
      return;
    }
    if (isEmpty(spec, "selector")) {
      spec.set("selector", labels.deepCopy());
    }
    labelsUnlessGiven(controller, labels);
  }

  private static void labelsUnlessGiven(ObjectNode owner, JsonNode labels) {
    ObjectNode metadata = object(owner, "metadata");
    if (!labels.isEmpty() && isEmpty(metadata, "labels")) {
      metadata.set("labels", labels.deepCopy());
    }
  }

  /** Only a rolling update has parameters, and it always has them. */
  private static void rolling(ObjectNode strategy) {
    String type = text(strategy, "type");
    if (type.isEmpty() || type.equals("RollingUpdate")) {
      object(strategy, "rollingUpdate");
    }
  }

  private static void claimTemplates(ObjectNode spec) {
    for (JsonNode claim : spec.path("volumeClaimTemplates")) {
      if (claim instanceof ObjectNode c) {
        textUnlessGiven(c, "apiVersion", "v1");
        textUnlessGiven(c, "kind", "PersistentVolumeClaim");
      }
    }
  }

  /** These belong to jobs, not to the templates of jobs in a CronJob. */
  private static void job(ObjectNode job) {
    ObjectNode spec = object(job, "spec");
    if (!spec.has("completions") && !spec.has("parallelism")) {
      spec.put("completions", 1);
    }
    numberUnlessGiven(spec, "parallelism", 1);
    numberUnlessGiven(
        spec, "backoffLimit", spec.has("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
    textUnlessGiven(spec, "completionMode", "NonIndexed");
    for (String flag : new String[] {"suspend", "manualSelector"}) {
      if (!spec.has(flag)) {
        spec.put(flag, false);
      }
    }
    textUnlessGiven(
        spec,
        "podReplacementPolicy",
        spec.has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    labelsUnlessGiven(job, spec.path("template").path("metadata").path("labels"));
  }

  /** Version 1 keeps metrics that it has no fields for in an annotation. */
  private static void firstAutoscaler(ObjectNode autoscaler) {
    JsonNode annotations = autoscaler.path("metadata").path("annotations");
    if (!annotations.has("autoscaling.alpha.kubernetes.io/metrics")) {
      numberUnlessGiven(object(autoscaler, "spec"), "targetCPUUtilizationPercentage", 80);
    }
  }

  private static void autoscaler(ObjectNode spec) {
    if (isEmpty(spec, "metrics")) {
      ObjectNode metric = spec.putArray("metrics").addObject().put("type", "Resource");
      metric
          .putObject("resource")
          .put("name", "cpu")
          .putObject("target")
          .put("type", "Utilization")
          .put("averageUtilization", 80);
    }
    if (spec.get("behavior") instanceof ObjectNode behavior) {
      ObjectNode up = object(behavior, "scaleUp");
      numberUnlessGiven(up, "stabilizationWindowSeconds", 0);
      textUnlessGiven(up, "selectPolicy", "Max");
      if (isEmpty(up, "policies")) {
        ArrayNode policies = up.putArray("policies");
        policy(policies, "Pods", 4);
        policy(policies, "Percent", 100);
      }
      ObjectNode down = object(behavior, "scaleDown");
      textUnlessGiven(down, "selectPolicy", "Max");
      if (isEmpty(down, "policies")) {
        policy(down.putArray("policies"), "Percent", 100);
      }
    }
  }

  private static void policy(ArrayNode policies, String type, int value) {
    policies.addObject().put("type", type).put("value", value).put("periodSeconds", 15);
  }
}
