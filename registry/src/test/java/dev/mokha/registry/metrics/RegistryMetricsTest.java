package dev.mokha.registry.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.registry.TestRegistry;
import dev.mokha.registry.storage.GarbageCollector;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryMetricsTest {
  @TempDir private Path directory;

  private static String written(RegistryMetrics metrics) {
    Exposition out = new Exposition();
    metrics.write(out);
    return out.toString();
  }

  @Test
  void requestsAndBytesAreCounted() throws Exception {
    try (TestRegistry registry = TestRegistry.open(directory)) {
      byte[] blob = new byte[5000];
      var digest = registry.push("team/app", blob);
      registry.get("/v2/team/app/blobs/" + digest);
      registry.get("/v2/team/app/blobs/" + digest);
      registry.send("HEAD", "/v2/team/app/blobs/" + digest, null);
      registry.get("/v2/team/app/manifests/none");
      registry.get("/nothing");
      assertThat(written(registry.metrics()).lines())
          .contains(
              "mokha_registry_requests_total{method=\"POST\",route=\"upload\",code=\"201\"} 1",
              "mokha_registry_requests_total{method=\"GET\",route=\"blob\",code=\"200\"} 2",
              "mokha_registry_requests_total{method=\"HEAD\",route=\"blob\",code=\"200\"} 1",
              "mokha_registry_requests_total{method=\"GET\",route=\"manifest\",code=\"404\"} 1",
              "mokha_registry_requests_total{method=\"GET\",route=\"none\",code=\"404\"} 1",
              "mokha_registry_received_bytes_total 5000");
    }
  }

  /** What strangers choose must not make series. */
  @Test
  void labelsAreBounded() throws Exception {
    try (TestRegistry registry = TestRegistry.open(directory)) {
      long before = 0;
      for (int i = 0; i < 50; i++) {
        registry.get("/v2/some/repository" + i + "/manifests/tag" + i);
        registry.get("/some/path" + i);
        registry.send("METHOD" + i, "/v2/", null);
        if (i == 1) {
          before = written(registry.metrics()).lines().count();
        }
      }
      assertThat(written(registry.metrics()).lines().count()).isEqualTo(before);
    }
  }

  @Test
  void collectionsAndContentAreShown() throws Exception {
    try (TestRegistry registry = TestRegistry.open(directory)) {
      RegistryMetrics metrics = new RegistryMetrics();
      BlobCount count = new BlobCount(registry.storage().blobs());
      metrics.show("own", count);
      registry.storage().collector().onCollected(metrics::collected);
      registry.push("team/app", new byte[700]);
      count.count();
      assertThat(written(metrics).lines())
          .contains(
              "mokha_registry_blobs{store=\"own\"} 1",
              "mokha_registry_blob_bytes{store=\"own\"} 700");
      GarbageCollector.Options now =
          new GarbageCollector.Options(Duration.ofSeconds(-5), false, false);
      registry
          .storage()
          .collector()
          .collect(new GarbageCollector.Options(now.grace(), false, true));
      registry.storage().collector().collect(now);
      assertThat(written(metrics).lines())
          .contains(
              "mokha_registry_collections_total 1",
              "mokha_registry_collected_blobs_total 1",
              "mokha_registry_collected_bytes_total 700");
    }
  }
}
