package dev.mokha.api.selector;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.FieldScan;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The fields of a kind that a field selector may name, and how to read them from an object. Every
 * kind has {@code metadata.name} and {@code metadata.namespace}; a few have more.
 */
public final class SelectableFields {
  private static final Map<String, SelectableFields> BY_KIND = table();
  private static final SelectableFields METADATA_ONLY = new SelectableFields(false, Map.of());

  /** Whether the kind has a list of its own, which decides the words of a refusal. */
  private final boolean own;

  private final Map<String, Source> sources;

  /**
   * Where a field's value is.
   *
   * @param paths the first that has a value counts
   * @param absent the value of an object that has none
   */
  private record Source(List<List<String>> paths, String absent) {
    static Source of(String absent, String... paths) {
      return new Source(Arrays.stream(paths).map(p -> List.of(p.split("\\."))).toList(), absent);
    }
  }

  private SelectableFields(boolean own, Map<String, Source> sources) {
    this.own = own;
    this.sources = Map.copyOf(sources);
  }

  /** The fields of a built-in kind. */
  public static SelectableFields forKind(GroupVersionKind kind) {
    return BY_KIND.getOrDefault(kind.group() + "/" + kind.kind(), METADATA_ONLY);
  }

  /**
   * The fields of a custom kind.
   *
   * @param jsonPaths as a CustomResourceDefinition's selectableFields says them: {@code
   *     .spec.color}
   */
  public static SelectableFields ofCustom(Collection<String> jsonPaths) {
    Map<String, Source> sources = new LinkedHashMap<>();
    for (String path : jsonPaths) {
      String field = path.startsWith(".") ? path.substring(1) : path;
      sources.put(field, Source.of("", field));
    }
    return new SelectableFields(true, sources);
  }

  /**
   * Gives the selector back when every field of it may be named.
   *
   * @throws SelectorException when one may not
   */
  public FieldSelector require(FieldSelector selector) {
    for (FieldSelector.Term term : selector.terms()) {
      String field = term.field();
      if (!isMetadata(field) && !sources.containsKey(field)) {
        throw new SelectorException(
            own
                ? "field label not supported: " + field
                : "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    .formatted(field));
      }
    }
    return selector;
  }

  /** Whether the selector chooses the object. */
  public boolean matches(FieldSelector selector, KubeObject object) {
    return selector.matches(field -> value(object, field));
  }

  /** The value of a field of an object; empty when there is none. */
  public String value(KubeObject object, String field) {
    requireNonNull(object, "object");
    if (field.equals("metadata.name")) {
      return object.name();
    }
    if (field.equals("metadata.namespace")) {
      return object.namespace();
    }
    Source source = sources.get(field);
    if (source == null) {
      return "";
    }
    for (List<String> path : source.paths()) {
      String value = FieldScan.text(object.json(), path);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return source.absent();
  }

  private static boolean isMetadata(String field) {
    return field.equals("metadata.name") || field.equals("metadata.namespace");
  }

  private static Map<String, SelectableFields> table() {
    Map<String, SelectableFields> kinds = new LinkedHashMap<>();
    kinds.put(
        "/Pod",
        plain(
            Map.of(
                "spec.hostNetwork", Source.of("false", "spec.hostNetwork"),
                "status.podIP", Source.of("", "status.podIP", "status.podIPs.ip"),
                "status.podIPs", Source.of("", "status.podIPs.ip", "status.podIP")),
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.nominatedNodeName"));
    Map<String, Source> event =
        Map.of(
            "source", Source.of("", "source.component", "reportingComponent"),
            "reportingComponent", Source.of("", "reportingComponent", "source.component"));
    kinds.put(
        "/Event",
        plain(
            event,
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "type"));
    kinds.put(
        "events.k8s.io/Event",
        plain(
            Map.of(
                "reportingController",
                Source.of("", "reportingController", "deprecatedSource.component")),
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "type"));
    kinds.put(
        "/Node", plain(Map.of("spec.unschedulable", Source.of("false", "spec.unschedulable"))));
    kinds.put("/Namespace", plain(Map.of(), "status.phase"));
    kinds.put("/Secret", plain(Map.of(), "type"));
    kinds.put("/Service", plain(Map.of(), "spec.clusterIP", "spec.type"));
    SelectableFields replicas = plain(Map.of("status.replicas", Source.of("0", "status.replicas")));
    kinds.put("/ReplicationController", replicas);
    kinds.put("apps/ReplicaSet", replicas);
    kinds.put("batch/Job", plain(Map.of("status.successful", Source.of("0", "status.succeeded"))));
    kinds.put("certificates.k8s.io/CertificateSigningRequest", plain(Map.of(), "spec.signerName"));
    kinds.put("certificates.k8s.io/ClusterTrustBundle", plain(Map.of(), "spec.signerName"));
    kinds.put("resource.k8s.io/ResourceSlice", plain(Map.of(), "spec.nodeName", "spec.driver"));
    return Map.copyOf(kinds);
  }

  private static SelectableFields plain(Map<String, Source> special, String... plain) {
    Map<String, Source> sources =
        Arrays.stream(plain).collect(Collectors.toMap(f -> f, f -> Source.of("", f)));
    sources.putAll(special);
    return new SelectableFields(true, sources);
  }
}
