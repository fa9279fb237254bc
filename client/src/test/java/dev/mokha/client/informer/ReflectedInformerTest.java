package dev.mokha.client.informer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.informer.Informer.Handler;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReflectedInformerTest {
  private final ScriptedClient server = new ScriptedClient();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private Informers informers;

  @AfterEach
  void close() {
    informers.close();
  }

  private Informer<ConfigMap> start() {
    informers = Informers.of(server);
    Informer<ConfigMap> informer = informers.get(Kinds.CONFIG_MAP);
    informer.addHandler(recorder());
    informer.awaitSync(Duration.ofSeconds(10));
    return informer;
  }

  private Handler<ConfigMap> recorder() {
    return new Handler<>() {
      @Override
      public void onAdd(ConfigMap object) {
        heard.add("+" + object.getMetadata().getName());
      }

      @Override
      public void onUpdate(ConfigMap before, ConfigMap after) {
        heard.add("~" + after.getMetadata().getName());
      }

      @Override
      public void onDelete(ConfigMap object) {
        heard.add("-" + object.getMetadata().getName());
      }
    };
  }

  private String next() throws InterruptedException {
    return heard.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void listsThenFollows() throws Exception {
    server.put("a", 1);
    Informer<ConfigMap> informer = start();
    assertThat(next()).isEqualTo("+a");
    server.awaitWatch().onEvent("ADDED", server.put("b", 2));
    assertThat(next()).isEqualTo("+b");
    server.awaitWatch().onEvent("MODIFIED", server.put("b", 3));
    assertThat(next()).isEqualTo("~b");
    server.awaitWatch().onEvent("DELETED", server.remove("a"));
    assertThat(next()).isEqualTo("-a");
    assertThat(informer.list("ns")).extracting(c -> c.getMetadata().getName()).containsExactly("b");
  }

  @Test
  void goesOnFromTheLastRevisionWhenAWatchEnds() throws Exception {
    server.put("a", 1);
    start();
    assertThat(next()).isEqualTo("+a");
    server.awaitWatch().onEvent("ADDED", server.put("b", 7));
    server.endWatch(null);
    server.awaitWatch();
    assertThat(server.watchedFrom).isEqualTo("7");
    assertThat(server.lists).isEqualTo(1);
  }

  @Test
  void listsAgainAndTellsTheDifferenceWhenTheRevisionHasExpired() throws Exception {
    server.put("a", 1);
    server.put("b", 2);
    start();
    assertThat(List.of(next(), next())).containsExactlyInAnyOrder("+a", "+b");
    server.awaitWatch();
    server.remove("a");
    server.put("b", 9);
    server.put("c", 10);
    server.endWatch(StatusException.expired("too old resource version"));
    assertThat(List.of(next(), next(), next())).containsExactlyInAnyOrder("-a", "~b", "+c");
  }

  @Test
  void findsByIndex() throws Exception {
    server.put("a", 1);
    Informer<ConfigMap> informer = start();
    informer.addIndex("initial", c -> List.of(c.getMetadata().getName().substring(0, 1)));
    assertThat(informer.byIndex("initial", "a")).hasSize(1);
    next();
    server.awaitWatch().onEvent("DELETED", server.remove("a"));
    assertThat(next()).isEqualTo("-a");
    assertThat(informer.byIndex("initial", "a")).isEmpty();
  }

  /** Lists what it was given; watches are told by the test. */
  private static final class ScriptedClient implements ApiClient {
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
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
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
}
