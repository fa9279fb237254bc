package dev.mokha.junit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.junit.MokhaTest;
import dev.mokha.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Watches and informers see what happens, in order; no controllers are needed for that. */
@MokhaTest(controllers = false, scheduler = false)
class WatchTest {
  private static ConfigMap map(String namespace, String name, String value) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels("value", value)
        .endMetadata()
        .build();
  }

  @Test
  void aWatchHearsEveryChangeThatItsSelectorMeans(
      KubernetesClient client, @TestNamespace String namespace) throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    Watcher<ConfigMap> listener =
        new Watcher<>() {
          @Override
          public void eventReceived(Action action, ConfigMap map) {
            heard.add(action + " " + map.getMetadata().getName());
          }

          @Override
          public void onClose(WatcherException cause) {
            heard.add("closed");
          }
        };
    try (Watch watch = client.configMaps().withLabel("value", "a").watch(listener)) {
      client.resource(map(namespace, "one", "a")).create();
      client.resource(map(namespace, "two", "b")).create();
      client.resource(map(namespace, "two", "a")).update();
      client.resource(map(namespace, "one", "b")).update();

      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("ADDED one");
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("ADDED two");
      // It fits the selector no more: for this watch it is gone.
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("DELETED one");
    }
  }

  @Test
  void anInformerKeepsACopy(KubernetesClient client, @TestNamespace String namespace)
      throws Exception {
    client.resource(map(namespace, "before", "a")).create();
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    ResourceEventHandler<ConfigMap> handler =
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(ConfigMap map) {
            heard.add("added " + map.getMetadata().getName());
          }

          @Override
          public void onUpdate(ConfigMap before, ConfigMap after) {
            heard.add("updated " + after.getMetadata().getName());
          }

          @Override
          public void onDelete(ConfigMap map, boolean unknown) {
            heard.add("deleted " + map.getMetadata().getName());
          }
        };
    try (SharedIndexInformer<ConfigMap> informer = client.configMaps().inform(handler)) {
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("added before");
      client.resource(map(namespace, "after", "a")).create();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("added after");
      client.resource(map(namespace, "before", "a")).delete();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("deleted before");
      assertThat(informer.getStore().list())
          .extracting(m -> m.getMetadata().getName())
          .containsExactly("after");
    }
  }
}
