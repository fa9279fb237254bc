package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.quota.Quota;
import dev.mokha.api.quota.QuotaUsage;
import dev.mokha.server.admission.AdmissionRequest.Companion;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses what would exceed a namespace's ResourceQuota, and books what it admits: the new {@code
 * status.used} is stored in the same transaction as the object, on condition that the quota is
 * unchanged. So requests at the same moment, also on several servers over one store, never exceed a
 * quota together, and nothing stays booked for an object that was not stored.
 *
 * <p>What is used is taken from the status; where that lacks a figure, or would refuse the request,
 * the stored objects are counted, since what was deleted a moment ago is still booked until the
 * control loop has seen it.
 */
public final class ResourceQuotaPlugin implements AdmissionPlugin {
  /** Requests that this process admits to one namespace wait here rather than conflict. */
  private static final int LOCKS = 256;

  /** Never counted: they come by the thousand and say what became of the rest. */
  private static final Set<String> IGNORED = Set.of("events", "bindings");

  private final ObjectReader objects;
  private final ReentrantLock[] locks = new ReentrantLock[LOCKS];
  private final Map<String, Quota> parsed = new ConcurrentHashMap<>();

  /** Looks the quotas up among the stored objects. */
  public ResourceQuotaPlugin(ObjectReader objects) {
    this.objects = requireNonNull(objects);
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  @Override
  public String name() {
    return "ResourceQuota";
  }

  @Override
  public boolean isLast() {
    return true;
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    boolean change =
        request.operation() == Operation.CREATE
            || (request.operation() == Operation.UPDATE
                && (request.isFor("", "services")
                    || request.isFor("", "persistentvolumeclaims")
                    || isResize(request)));
    return change
        && request.type().namespaced()
        && (request.subresource().isEmpty() || isResize(request))
        && !IGNORED.contains(request.type().gvr().resource());
  }

  private static boolean isResize(AdmissionRequest request) {
    return request.subresource().equals("resize")
        && request.type().gvr().resource().equals("pods")
        && request.type().gvr().group().isEmpty();
  }

  @Override
  public void validate(AdmissionRequest request) {
    if (concerned(request).isEmpty()) {
      return;
    }
    ReentrantLock lock = locks[Math.floorMod(request.namespace().hashCode(), LOCKS)];
    lock.lock();
    request.afterwards(lock::unlock);
    // Read again: what was admitted while this request waited is booked by now.
    for (Quota quota : concerned(request)) {
      judge(request, quota);
    }
  }

  private List<Quota> concerned(AdmissionRequest request) {
    List<KubeObject> all = objects.list("", "resourcequotas", request.namespace());
    if (all.isEmpty()) {
      return List.of();
    }
    List<Quota> concerned = new ArrayList<>(all.size());
    for (KubeObject object : all) {
      Quota quota = parse(object);
      if (quota.concerns(request.type().gvr().group(), request.type().gvr().resource())) {
        concerned.add(quota);
      }
    }
    return concerned;
  }

  /** Quotas are read far more often than they change. */
  private Quota parse(KubeObject object) {
    Quota known = parsed.get(object.uid());
    if (known != null && known.object() == object) {
      return known;
    }
    if (parsed.size() > 10_000) {
      parsed.clear();
    }
    Quota quota = Quota.of(object);
    parsed.put(object.uid(), quota);
    return quota;
  }

  private void judge(AdmissionRequest request, Quota quota) {
    String group = request.type().gvr().group();
    String resource = request.type().gvr().resource();
    Map<String, Quantity> asked = new TreeMap<>(quota.usageOf(group, resource, request.object()));
    if (asked.isEmpty()) {
      return;
    }
    requireAsked(request, quota);
    request
        .oldObject()
        .ifPresent(
            old ->
                quota
                    .usageOf(group, resource, old.toTree())
                    .forEach((k, v) -> asked.merge(k, v.negate(), Quantity::add)));
    asked.values().removeIf(q -> q.signum() <= 0);
    if (asked.isEmpty()) {
      return;
    }
    Map<String, Quantity> used = quota.used();
    if (!used.keySet().containsAll(asked.keySet()) || !exceeded(quota, used, asked).isEmpty()) {
      used = count(request, quota, asked.keySet());
      List<String> over = exceeded(quota, used, asked);
      if (!over.isEmpty()) {
        throw request.refuse(
            "exceeded quota: %s, requested: %s, used: %s, limited: %s"
                .formatted(
                    quota.name(), show(over, asked), show(over, used), show(over, quota.hard())));
      }
    }
    if (!request.dryRun()) {
      book(request, quota, used, asked);
    }
  }

  /** A quota of a computing resource demands that every container says what it needs of it. */
  private static void requireAsked(AdmissionRequest request, Quota quota) {
    if (!request.isCreateOf("", "pods")) {
      return;
    }
    TreeSet<String> missing = new TreeSet<>();
    JsonNode ofPod = request.object().path("spec").path("resources");
    for (var container :
        PodTree.containers(request.object().path("spec"), "containers", "initContainers")) {
      JsonNode resources = container.path("resources");
      for (String limited : quota.hard().keySet()) {
        String part = QuotaUsage.partOf(limited);
        String name = QuotaUsage.resourceOf(limited);
        if (!part.isEmpty()
            && QuotaUsage.isRequired(limited)
            && !resources.path(part).has(name)
            && !ofPod.path(part).has(name)) {
          missing.add(limited + " for: " + PodTree.text(container, "name"));
        }
      }
    }
    if (!missing.isEmpty()) {
      throw request.refuse(
          "failed quota: %s: must specify %s".formatted(quota.name(), String.join("; ", missing)));
    }
  }

  private Map<String, Quantity> count(AdmissionRequest request, Quota quota, Set<String> names) {
    String group = request.type().gvr().group();
    String resource = request.type().gvr().resource();
    Map<String, Quantity> used = new TreeMap<>();
    names.forEach(k -> used.put(k, Quantity.ZERO));
    for (KubeObject each : objects.list(group, resource, request.namespace())) {
      quota
          .usageOf(group, resource, each.toTree())
          .forEach((k, v) -> used.computeIfPresent(k, (n, sum) -> sum.add(v)));
    }
    return used;
  }

  private static List<String> exceeded(
      Quota quota, Map<String, Quantity> used, Map<String, Quantity> asked) {
    List<String> over = new ArrayList<>();
    asked.forEach(
        (k, v) -> {
          if (used.get(k).add(v).compareTo(quota.hard().get(k)) > 0) {
            over.add(k);
          }
        });
    return over;
  }

  private static void book(
      AdmissionRequest request,
      Quota quota,
      Map<String, Quantity> used,
      Map<String, Quantity> asked) {
    ObjectNode tree = quota.object().toTree();
    ObjectNode status = PodTree.object(tree, "status");
    ObjectNode booked = PodTree.object(status, "used");
    asked.forEach((k, v) -> booked.put(k, used.get(k).add(v).toString()));
    request.alsoStore(new Companion("", "resourcequotas", quota.object(), tree));
  }

  private static String show(List<String> names, Map<String, Quantity> amounts) {
    return String.join(",", names.stream().map(n -> n + "=" + amounts.get(n)).toList());
  }
}
