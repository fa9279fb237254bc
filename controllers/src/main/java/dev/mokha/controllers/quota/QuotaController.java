package dev.mokha.controllers.quota;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.quota.PodResources;
import dev.mokha.api.quota.Quota;
import dev.mokha.api.quota.QuotaUsage;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.controllers.served.ObjectFeeds;
import dev.mokha.controllers.served.ServedTypes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes {@code status.hard} and {@code status.used} of every quota: at once when the quota
 * changes, or an object that it counts. Admission books what is created by itself; this loop takes
 * away what was deleted, counts what was there before the quota, and corrects whatever else does
 * not agree.
 */
public final class QuotaController implements AutoCloseable, ObjectFeeds.Listener {
  private static final GroupVersionResource QUOTAS = Kinds.RESOURCE_QUOTA.resource();

  private final ApiClient client;
  private final ServedTypes types;
  private final Controller loop;

  /** The quotas of each namespace as they were heard of last, by name. */
  private final Map<String, Map<String, Quota>> quotas = new ConcurrentHashMap<>();

  /** What each object uses, so that an object is read once and not whenever another changes. */
  private final Map<Key, Map<String, Counted>> counted = new ConcurrentHashMap<>();

  private record Counted(String resourceVersion, Map<String, Quantity> usage) {}

  private QuotaController(ApiClient client, ServedTypes types) {
    this.client = requireNonNull(client, "client");
    this.types = requireNonNull(types, "types");
    this.loop = Controller.create("resourcequota", 5, this::reconcile);
  }

  /** Starts the loop; it hears of objects once the feeds are started. */
  public static QuotaController start(ApiClient client, ObjectFeeds feeds) {
    QuotaController c = new QuotaController(client, feeds.types());
    feeds.add(c);
    c.types.onChange(() -> c.quotas.forEach((namespace, all) -> all.forEach((n, q) -> c.add(q))));
    c.loop.start();
    return c;
  }

  private void add(Quota quota) {
    loop.queue().add(new Key(quota.object().namespace(), quota.name()));
  }

  private static boolean isQuota(ResourceType type) {
    return type.gvr().equals(QUOTAS);
  }

  @Override
  public void replaceAll(ResourceType type, List<KubeObject> all) {
    if (isQuota(type)) {
      quotas.clear();
      all.forEach(this::remember);
    }
    quotas.forEach(
        (namespace, some) ->
            some.values().stream().filter(q -> concerns(q, type)).forEach(this::add));
  }

  @Override
  public void put(ResourceType type, KubeObject object) {
    if (isQuota(type)) {
      remember(object);
    }
    touch(type, object);
  }

  @Override
  public void remove(ResourceType type, KubeObject object) {
    if (isQuota(type)) {
      quotas.computeIfPresent(
          object.namespace(),
          (namespace, some) -> {
            Map<String, Quota> rest = new HashMap<>(some);
            rest.remove(object.name());
            return rest.isEmpty() ? null : Map.copyOf(rest);
          });
      counted.remove(new Key(object.namespace(), object.name()));
    }
    touch(type, object);
  }

  private void remember(KubeObject object) {
    Quota quota = Quota.of(object);
    quotas.merge(
        object.namespace(),
        Map.of(object.name(), quota),
        (some, one) -> {
          Map<String, Quota> more = new HashMap<>(some);
          more.putAll(one);
          return Map.copyOf(more);
        });
    add(quota);
  }

  private void touch(ResourceType type, KubeObject object) {
    for (Quota quota : quotas.getOrDefault(object.namespace(), Map.of()).values()) {
      if (concerns(quota, type)) {
        add(quota);
      }
    }
  }

  private static boolean concerns(Quota quota, ResourceType type) {
    return quota.concerns(type.gvr().group(), type.gvr().resource());
  }

  private Optional<Duration> reconcile(Key key) {
    // Read before the objects are: who books meanwhile changes the quota, and this write conflicts.
    KubeObject object =
        client
            .list(QUOTAS, key.namespace(), ListOptions.fields("metadata.name=" + key.name()))
            .items()
            .stream()
            .findFirst()
            .orElse(null);
    if (object == null) {
      counted.remove(key);
      return Optional.empty();
    }
    Quota quota = Quota.of(object);
    Map<String, Quantity> used = count(key, quota);
    ObjectNode tree = object.toTree();
    var before = tree.path("status");
    if (quota.hard().equals(PodResources.amounts(before.path("hard")))
        && used.equals(quota.used())) {
      return Optional.empty();
    }
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.set("hard", tree.path("spec").path("hard").deepCopy());
    ObjectNode amounts = status.putObject("used");
    used.forEach((name, amount) -> amounts.put(name, amount.toString()));
    tree.set("status", status);
    client.update(QUOTAS, key.namespace(), "status", KubeObject.of(tree));
    return Optional.empty();
  }

  private Map<String, Quantity> count(Key key, Quota quota) {
    Map<String, Counted> known = counted.getOrDefault(key, Map.of());
    Map<String, Counted> next = new HashMap<>();
    Map<String, Quantity> used = new TreeMap<>();
    boolean sameQuestion = known.isEmpty() || known.containsKey(question(quota));
    next.put(question(quota), new Counted("", Map.of()));
    for (ResourceType type : types.all()) {
      if (!type.namespaced() || type.gvr().resource().equals("events") || !concerns(quota, type)) {
        continue;
      }
      String group = type.gvr().group();
      String resource = type.gvr().resource();
      for (String limited : quota.hard().keySet()) {
        if (QuotaUsage.isUsedBy(limited, group, resource)) {
          used.putIfAbsent(limited, Quantity.ZERO);
        }
      }
      for (KubeObject each : objects(type, key.namespace())) {
        Counted last = sameQuestion ? known.get(each.uid()) : null;
        if (last == null || !last.resourceVersion.equals(each.resourceVersion())) {
          last = new Counted(each.resourceVersion(), quota.usageOf(group, resource, each.toTree()));
        }
        next.put(each.uid(), last);
        last.usage.forEach((name, amount) -> used.merge(name, amount, Quantity::add));
      }
    }
    counted.put(key, next);
    return used;
  }

  /** What was counted holds for as long as the quota's spec says the same. */
  private static String question(Quota quota) {
    return "spec " + quota.spec();
  }

  private List<KubeObject> objects(ResourceType type, String namespace) {
    List<KubeObject> all = new ArrayList<>();
    ListOptions page = new ListOptions("", "", "", 500, "", false, 0);
    while (true) {
      ApiClient.ObjectList list = client.list(type.gvr(), namespace, page);
      all.addAll(list.items());
      if (list.continueToken().isEmpty()) {
        return all;
      }
      page = page.next(list.continueToken());
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
