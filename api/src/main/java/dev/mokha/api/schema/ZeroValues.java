package dev.mokha.api.schema;

import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Upstream leaves the zero of every field that is no pointer out of JSON, though it writes it into
 * protobuf. The schema does not tell pointers, so names do: an empty string is left out unless it
 * can mean something; false and 0 stay unless they are known to mean nothing.
 */
public final class ZeroValues {
  /** Strings for which empty and absent are two things, besides those with "" as their default. */
  private static final Set<String> MEANINGFUL_EMPTY =
      Set.of(
          "storageClassName",
          "ingressClassName",
          "volumeAttributesClassName",
          "holderIdentity",
          "zone");

  /** False and absent are one thing. */
  private static final Set<String> PLAIN_FLAGS =
      Set.of(
          "hostNetwork",
          "hostPID",
          "hostIPC",
          "stdin",
          "stdinOnce",
          "tty",
          "readOnly",
          "paused",
          "unschedulable",
          "publishNotReadyAddresses",
          "globalDefault",
          "uniqueItems",
          "exclusiveMaximum",
          "exclusiveMinimum",
          "nullable",
          "x-kubernetes-embedded-resource",
          "x-kubernetes-int-or-string",
          "deprecated",
          "clusterScope",
          "preserveUnknownFields",
          "preventPodSchedulingIfMissing",
          "chapAuthDiscovery",
          "chapAuthSession",
          "sslEnabled",
          "insecureSkipTLSVerify",
          "denied",
          "authenticated");

  /** 0 and absent are one thing. */
  private static final Set<String> PLAIN_NUMBERS =
      Set.of(
          "generation",
          "observedGeneration",
          "hostPort",
          "nodePort",
          "minReadySeconds",
          "initialDelaySeconds",
          "timeoutSeconds",
          "periodSeconds",
          "successThreshold",
          "failureThreshold",
          "healthCheckNodePort",
          "updatedReplicas",
          "availableReplicas",
          "currentReplicas",
          "numberAvailable",
          "numberUnavailable",
          "updatedNumberScheduled",
          "readyReplicas",
          "unavailableReplicas",
          "fullyLabeledReplicas",
          "active",
          "succeeded",
          "failed",
          "count",
          "partition",
          "signal",
          "code",
          "retryAfterSeconds");

  private ZeroValues() {}

  /** Whether the value is the zero of a built-in type's field and says no more than its absence. */
  public static boolean isLeftOut(Field field, JsonNode value) {
    if (field.required() || value.equals(field.traits().defaultValue())) {
      return false;
    }
    if (value.isString()) {
      return value.stringValue().isEmpty() && !MEANINGFUL_EMPTY.contains(field.name());
    }
    if (value.isBoolean()) {
      return !value.booleanValue() && PLAIN_FLAGS.contains(field.name());
    }
    return value.isNumber() && value.asDouble() == 0 && PLAIN_NUMBERS.contains(field.name());
  }
}
