package dev.mokha.node;

import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.informer.Informer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures, by hand: from create to Running as a watcher sees it, one pod at a time and many at
 * once, and what the idle process then costs.
 */
final class PodStartTimes {
  private static final Logger log = LoggerFactory.getLogger(PodStartTimes.class);

  private PodStartTimes() {}

  public static void main(String[] args) throws Exception {
    int single = Integer.parseInt(args[0]);
    int many = Integer.parseInt(args[1]);
    try (TestNode node = TestNode.start()) {
      ResourceClient.of(node.admin, Kinds.SECRET)
          .create(
              new SecretBuilder()
                  .withNewMetadata()
                  .withNamespace("default")
                  .withName("s")
                  .endMetadata()
                  .withData(Map.of("k", "dg=="))
                  .build());
      Map<String, CountDownLatch> running = new ConcurrentHashMap<>();
      node.informer.addHandler(
          Informer.Handler.any(
              pod -> {
                CountDownLatch latch = running.get(pod.getMetadata().getName());
                if (latch != null && "Running".equals(pod.getStatus().getPhase())) {
                  latch.countDown();
                }
              }));
      List<Double> times = new ArrayList<>();
      for (int i = 0; i < single; i++) {
        String name = "single-" + i;
        running.put(name, new CountDownLatch(1));
        long begin = System.nanoTime();
        node.pods.create(pod(name));
        running.get(name).await(20, TimeUnit.SECONDS);
        times.add((System.nanoTime() - begin) / 1e6);
      }
      List<Double> sorted = new ArrayList<>(times);
      Collections.sort(sorted);
      log.info("one at a time: p50 {} ms, all {}", sorted.get(sorted.size() / 2), times);
      long begin = System.nanoTime();
      for (int i = 0; i < many; i++) {
        running.put("many-" + i, new CountDownLatch(1));
        node.pods.create(pod("many-" + i));
      }
      for (int i = 0; i < many; i++) {
        running.get("many-" + i).await(60, TimeUnit.SECONDS);
      }
      log.info("{} at once: {} ms", many, (System.nanoTime() - begin) / 1e6);
      Thread.sleep(5000);
      var os =
          (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long cpu = os.getProcessCpuTime();
      Thread.sleep(20_000);
      log.info(
          "idle with {} pods: {} % of a core",
          single + many, (os.getProcessCpuTime() - cpu) / 20e9 * 100);
    }
  }

  private static Pod pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(TestNode.NODE)
        .withTerminationGracePeriodSeconds(0L)
        .addNewContainer()
        .withName("main")
        .withImage(BusyboxArchive.IMAGE)
        .withCommand("httpd", "-f", "-p", "8080", "-h", "/secret")
        .withNewReadinessProbe()
        .withNewHttpGet()
        .withPath("/k")
        .withNewPort(8080)
        .endHttpGet()
        .endReadinessProbe()
        .addNewVolumeMount()
        .withName("s")
        .withMountPath("/secret")
        .endVolumeMount()
        .endContainer()
        .addNewVolume()
        .withName("s")
        .withNewSecret()
        .withSecretName("s")
        .endSecret()
        .endVolume()
        .endSpec()
        .build();
  }
}
