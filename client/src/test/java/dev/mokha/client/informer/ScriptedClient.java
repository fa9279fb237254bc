package dev.mokha.client.informer;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A client whose objects and watches a test scripts. */
final class ScriptedClient implements ApiClient {
  private final Map<String, KubeObject> objects = new TreeMap<>();
  private long revision;
  private WatchHandler watcher;
  private String watchedFrom = "";
  private int lists;

  synchronized KubeObject put(String name, long at) {
    revision = at;
    KubeObject object = configMap(name, at);
    objects.put(name, object);
    return object;
  }

  synchronized KubeObject remove(String name) {
    revision++;
    objects.remove(name);
    return configMap(name, revision);
  }

  private static KubeObject configMap(String name, long at) {
    return KubeObject.of(
        Json.parseObject(
            """
            {"apiVersion":"v1","kind":"ConfigMap",
             "metadata":{"name":"%s","namespace":"ns","resourceVersion":"%d"}}\
            """
                .formatted(name, at)
                .getBytes(StandardCharsets.UTF_8)));
  }

  synchronized WatchHandler awaitWatch() throws InterruptedException {
    while (watcher == null) {
      wait();
    }
    return watcher;
  }

  synchronized void endWatch(StatusException cause) {
    WatchHandler over = watcher;
    watcher = null;
    over.onClose(cause);
  }

  /** The revision that the last watch was to begin from. */
  synchronized String watchedFrom() {
    return watchedFrom;
  }

  /** How many lists were asked for. */
  synchronized int lists() {
    return lists;
  }

  @Override
  public synchronized ObjectList list(
      GroupVersionResource resource, String namespace, ListOptions options) {
    lists++;
    return new ObjectList(Long.toString(revision), "", List.copyOf(objects.values()));
  }

  @Override
  public synchronized Watch watch(
      GroupVersionResource resource, String ns, ListOptions options, WatchHandler handler) {
    watcher = handler;
    watchedFrom = options.resourceVersion();
    notifyAll();
    return () -> {};
  }

  @Override
  public KubeObject get(GroupVersionResource resource, String ns, String name, String sub) {
    throw new UnsupportedOperationException();
  }

  @Override
  public KubeObject create(
      GroupVersionResource resource, String ns, String name, String sub, KubeObject object) {
    throw new UnsupportedOperationException();
  }

  @Override
  public KubeObject update(
      GroupVersionResource resource, String ns, String sub, KubeObject object) {
    throw new UnsupportedOperationException();
  }

  @Override
  public KubeObject patch(
      GroupVersionResource resource,
      String ns,
      String name,
      String sub,
      PatchType type,
      byte[] patch,
      boolean force) {
    throw new UnsupportedOperationException();
  }

  @Override
  public KubeObject delete(
      GroupVersionResource resource, String ns, String name, DeleteOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void deleteCollection(
      GroupVersionResource resource, String ns, ListOptions select, DeleteOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
