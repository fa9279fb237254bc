package dev.mokha.server.metrics;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ResourceCache;
import dev.mokha.server.storage.StorageResource;
import java.util.List;

/** How many objects there are of what. */
public final class StorageMetrics implements MetricSource {
  private static final String BY_GROUP = "apiserver_resource_objects";
  private static final String BY_NAME = "apiserver_storage_objects";

  private final ObjectCache cache;

  /** Figures of what that cache holds. */
  public StorageMetrics(ObjectCache cache) {
    this.cache = requireNonNull(cache, "cache");
  }

  @Override
  public void write(Exposition out) {
    List<ResourceCache> all = cache.all();
    out.gauge(BY_GROUP, "Stored objects by resource.");
    all.forEach(c -> out.value(BY_GROUP, labels(c.resource()), c.size()));
    out.gauge(BY_NAME, "Stored objects by resource; apiserver_resource_objects tells the same.");
    all.forEach(c -> out.value(BY_NAME, Exposition.label("resource", name(c)), c.size()));
  }

  private static String name(ResourceCache c) {
    StorageResource r = c.resource();
    return r.group().isEmpty() ? r.resource() : r.resource() + "." + r.group();
  }

  private static String labels(StorageResource r) {
    return Exposition.label("group", r.group()) + "," + Exposition.label("resource", r.resource());
  }
}
