package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Refuses what would exceed a namespace's ResourceQuota. What is used is counted from the stored
 * objects at the moment of the request, not read from the quota's status, so it is never behind.
 * Nothing is reserved between this check and the store: requests at the same moment may together
 * exceed a quota that each of them alone fits into.
 */
public final class ResourceQuotaPlugin implements AdmissionPlugin {
  private final ObjectReader objects;

  /** Looks the quotas up among the stored objects. */
  public ResourceQuotaPlugin(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "ResourceQuota";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    boolean change =
        request.operation() == Operation.CREATE
            || (request.operation() == Operation.UPDATE
                && (request.isFor("", "services")
                    || request.isFor("", "persistentvolumeclaims")
                    || (request.type().gvr().resource().equals("pods")
                        && request.subresource().equals("resize"))));
    return change
        && request.type().namespaced()
        && (request.subresource().isEmpty() || request.subresource().equals("resize"))
        && !request.type().gvr().resource().equals("resourcequotas");
  }

  @Override
  public void validate(AdmissionRequest request) {
    List<KubeObject> quotas = objects.list("", "resourcequotas", request.namespace());
    if (quotas.isEmpty()) {
      return;
    }
    String group = request.type().gvr().group();
    String resource = request.type().gvr().resource();
    for (KubeObject quota : quotas) {
      JsonNode spec = quota.toTree().path("spec");
      if (!QuotaScopes.match(spec, resource, request.object())) {
        continue;
      }
      Map<String, Quantity> hard = LimitRanger.quantities(spec.path("hard"));
      requireAsked(request, quota, hard);
      Map<String, Quantity> asked =
          onlyLimited(QuotaUsage.of(group, resource, request.object()), hard);
      request
          .oldObject()
          .ifPresent(
              old ->
                  onlyLimited(QuotaUsage.of(group, resource, old.toTree()), hard)
                      .forEach((k, v) -> asked.merge(k, v.negate(), Quantity::add)));
      asked.values().removeIf(q -> q.signum() <= 0);
      if (!asked.isEmpty()) {
        check(request, quota, spec, hard, asked);
      }
    }
  }

  /** A quota of a computing resource demands that every container says what it needs of it. */
  private static void requireAsked(
      AdmissionRequest request, KubeObject quota, Map<String, Quantity> hard) {
    if (!request.isCreateOf("", "pods")) {
      return;
    }
    TreeSet<String> missing = new TreeSet<>();
    for (var container :
        PodTree.containers(request.object().path("spec"), "containers", "initContainers")) {
      JsonNode resources = container.path("resources");
      for (String limited : hard.keySet()) {
        String part = QuotaUsage.partOf(limited);
        if (!part.isEmpty()
            && QuotaUsage.isRequired(limited)
            && !resources.path(part).has(QuotaUsage.resourceOf(limited))
            && !request
                .object()
                .path("spec")
                .path("resources")
                .path(part)
                .has(QuotaUsage.resourceOf(limited))) {
          missing.add(limited + " for: " + PodTree.text(container, "name"));
        }
      }
    }
    if (!missing.isEmpty()) {
      throw request.refuse(
          "failed quota: %s: must specify %s".formatted(quota.name(), String.join("; ", missing)));
    }
  }

  private static Map<String, Quantity> onlyLimited(
      Map<String, Quantity> usage, Map<String, Quantity> hard) {
    Map<String, Quantity> limited = new TreeMap<>(usage);
    limited.keySet().retainAll(hard.keySet());
    return limited;
  }

  private void check(
      AdmissionRequest request,
      KubeObject quota,
      JsonNode spec,
      Map<String, Quantity> hard,
      Map<String, Quantity> asked) {
    String group = request.type().gvr().group();
    String resource = request.type().gvr().resource();
    Map<String, Quantity> used = new TreeMap<>();
    asked.keySet().forEach(k -> used.put(k, Quantity.ZERO));
    for (KubeObject each : objects.list(group, resource, request.namespace())) {
      JsonNode tree = each.toTree();
      if (QuotaScopes.match(spec, resource, tree)) {
        QuotaUsage.of(group, resource, tree)
            .forEach((k, v) -> used.computeIfPresent(k, (n, sum) -> sum.add(v)));
      }
    }
    List<String> over = new ArrayList<>();
    asked.forEach(
        (k, v) -> {
          if (used.get(k).add(v).compareTo(hard.get(k)) > 0) {
            over.add(k);
          }
        });
    if (!over.isEmpty()) {
      throw request.refuse(
          "exceeded quota: %s, requested: %s, used: %s, limited: %s"
              .formatted(quota.name(), show(over, asked), show(over, used), show(over, hard)));
    }
  }

  private static String show(List<String> names, Map<String, Quantity> amounts) {
    return String.join(",", names.stream().map(n -> n + "=" + amounts.get(n)).toList());
  }
}
