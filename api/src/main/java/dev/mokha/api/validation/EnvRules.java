package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.quantity.Quantity;
import java.util.List;
import java.util.Set;

/** The rules for environment variables and for references to fields of the pod itself. */
final class EnvRules {
  private static final List<String> SOURCES =
      List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef");
  private static final String[] ENV_FIELDS = {
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs"
  };
  private static final String[] VOLUME_FIELDS = {
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"
  };
  private static final Set<String> KNOWN_FIELDS =
      Set.of(
          "metadata.annotations",
          "metadata.labels",
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.restartPolicy",
          "spec.serviceAccountName",
          "spec.schedulerName",
          "spec.host",
          "status.phase",
          "status.hostIP",
          "status.hostIPs",
          "status.podIP",
          "status.podIPs");
  private static final String[] CONTAINER_RESOURCES = {
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory"
  };
  private static final Set<String> BYTE_DIVISORS =
      Set.of("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei");

  private EnvRules() {}

  static void env(Value list) {
    for (Value variable : list.elements()) {
      variable.at("name").requiredKeeping(Names::envName);
      Value from = variable.at("valueFrom");
      if (from.exists()) {
        valueFrom(from, !variable.at("value").isEmpty());
      }
    }
  }

  private static void valueFrom(Value from, boolean hasValue) {
    long count = SOURCES.stream().filter(from::has).count();
    if (from.has("fieldRef")) {
      fieldRef(from.at("fieldRef"), false);
    }
    if (from.has("resourceFieldRef")) {
      resourceFieldRef(from.at("resourceFieldRef"), false);
    }
    for (String source : List.of("configMapKeyRef", "secretKeyRef")) {
      if (from.has(source)) {
        Value name = from.at(source).at("name");
        name.invalid(Names.dns1123Subdomain(name.text()));
        from.at(source).at("key").requiredKeeping(Names::configMapKey);
      }
    }
    if (from.has("fileKeyRef")) {
      Value file = from.at("fileKeyRef");
      file.at("volumeName").isRequired();
      file.at("key").requiredKeeping(Names::envName);
      if (file.at("path").isRequired()) {
        VolumeRules.relative(file.at("path"));
      }
    }
    if (count == 0) {
      from.invalid(
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`"
              + " or `fileKeyRef`");
    } else if (hasValue) {
      from.invalid("", "may not be specified when `value` is not empty");
    } else if (count > 1) {
      from.invalid("", "may not have more than one field specified at a time");
    }
  }

  static void envFrom(Value list) {
    for (Value source : list.elements()) {
      source.at("prefix").keeps(Names::envName);
      int count = 0;
      for (String kind : List.of("configMapRef", "secretRef")) {
        if (source.has(kind)) {
          count++;
          source.at(kind, "name").requiredKeeping(Names::dns1123Subdomain);
        }
      }
      if (count == 0) {
        list.invalid("", "must specify one of: `configMapRef` or `secretRef`");
      } else if (count > 1) {
        list.invalid("", "may not have more than one field specified at a time");
      }
    }
  }

  static void fieldRef(Value ref, boolean volume) {
    ref.at("apiVersion").isRequired();
    Value place = ref.at("fieldPath");
    if (!place.isRequired()) {
      return;
    }
    String path = place.text();
    int bracket = path.indexOf("['");
    if (bracket > 0 && path.endsWith("']")) {
      subscript(place, path.substring(0, bracket), path.substring(bracket + 2, path.length() - 2));
    } else if (!KNOWN_FIELDS.contains(path)) {
      place.invalid("error converting fieldPath: field label not supported: " + path);
    } else {
      place.oneOf(volume ? VOLUME_FIELDS : ENV_FIELDS);
    }
  }

  private static void subscript(Value place, String path, String key) {
    switch (path) {
      case "metadata.annotations" -> place.invalid(Names.qualifiedName(key));
      case "metadata.labels" -> place.invalid(Names.qualifiedName(key));
      default -> place.invalid(path, "does not support subscript");
    }
  }

  static void resourceFieldRef(Value ref, boolean volume) {
    if (volume) {
      ref.at("containerName").isRequired();
    }
    Value resource = ref.at("resource");
    if (!resource.isRequired()) {
      return;
    }
    String name = resource.text();
    if (name.startsWith("limits.hugepages-") || name.startsWith("requests.hugepages-")) {
      return;
    }
    resource.oneOf(CONTAINER_RESOURCES);
    Quantity divisor = ResourceRules.amount(ref.at("divisor"));
    if (divisor.isZero()) {
      return;
    }
    if (name.endsWith(".cpu") && !Set.of("1", "1m").contains(divisor.toString())) {
      ref.at("divisor")
          .invalid(name, "only divisor's values 1m and 1 are supported with the cpu resource");
    } else if (!name.endsWith(".cpu") && !BYTE_DIVISORS.contains(divisor.toString())) {
      ref.at("divisor")
          .invalid(
              name,
              "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are"
                  + " supported with the "
                  + (name.endsWith("memory") ? "memory" : "local ephemeral storage")
                  + " resource");
    }
  }
}
