package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /metrics} shows. */
class MetricsTest {
  @TempDir private Path directory;

  @Test
  void theProcessItsObjectsAndAdmissionHaveFigures() throws Exception {
    try (TestCluster cluster = new TestCluster(directory).with("n")) {
      cluster.post("/api/v1/namespaces/n/configmaps", "{\"metadata\":{\"name\":\"a\"}}");
      cluster.get("/api/v1/namespaces/n/configmaps?watch=true&timeoutSeconds=1");
      cluster.server.publish(out -> out.gauge("more", "Of others.").value("more", "", 3));
      String all = cluster.get("/metrics").body();
      for (String name :
          List.of(
              "process_cpu_seconds_total",
              "process_start_time_seconds",
              "jvm_memory_used_bytes{area=\"heap\"}")) {
        assertThat(value(all, name)).as(name).isPositive();
      }
      assertThat(value(all, "apiserver_storage_objects{resource=\"configmaps\"}")).isPositive();
      assertThat(value(all, "apiserver_resource_objects{group=\"\",resource=\"configmaps\"}"))
          .isEqualTo(value(all, "apiserver_storage_objects{resource=\"configmaps\"}"));
      assertThat(
              value(
                  all,
                  "apiserver_watch_events_total{group=\"\",resource=\"configmaps\",version=\"v1\"}"))
          .isEqualTo(1);
      assertThat(
              value(
                  all,
                  "apiserver_admission_controller_admission_duration_seconds_count"
                      + "{name=\"NamespaceLifecycle\",operation=\"CREATE\",rejected=\"false\","
                      + "type=\"admit\"}"))
          .isPositive();
      assertThat(value(all, "more")).isEqualTo(3);
    }
  }

  @Test
  void eachFamilyIsToldOnceAndInOnePiece() throws Exception {
    try (TestCluster cluster = new TestCluster(directory).with("n")) {
      String all = cluster.get("/metrics").body();
      Set<String> announced = new HashSet<>();
      String family = "";
      for (String line : all.lines().toList()) {
        if (line.startsWith("# HELP ")) {
          family = line.split(" ")[2];
          assertThat(announced.add(family)).as(line).isTrue();
        } else if (!line.startsWith("#")) {
          assertThat(line).startsWith(family);
        }
      }
    }
  }

  @Test
  void checksOfHealthAreFigures() throws Exception {
    try (TestCluster cluster = new TestCluster(directory)) {
      cluster.get("/livez");
      String all = cluster.get("/metrics/slis").body();
      assertThat(value(all, "kubernetes_healthcheck{name=\"etcd\",type=\"livez\"}")).isEqualTo(1);
      assertThat(
              value(
                  all,
                  "kubernetes_healthchecks_total{name=\"etcd\",type=\"livez\",status=\"success\"}"))
          .isGreaterThanOrEqualTo(2);
      assertThat(cluster.get("/metrics/nothing").statusCode()).isEqualTo(404);
    }
  }

  private static double value(String all, String series) {
    return all.lines()
        .filter(l -> l.startsWith(series + " "))
        .mapToDouble(l -> Double.parseDouble(l.substring(series.length() + 1)))
        .findFirst()
        .orElse(-1);
  }
}
