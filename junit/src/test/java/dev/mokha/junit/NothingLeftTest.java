package dev.mokha.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A server that is closed has left nothing behind. */
@Isolated
class NothingLeftTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Threads of the JDK itself, which are made once and serve everybody. */
  private static boolean isOfTheJdk(Thread thread) {
    String name = thread.getName();
    return name.startsWith("ForkJoinPool")
        || name.startsWith("VirtualThread-")
        || name.startsWith("CompletableFutureDelayScheduler")
        || name.endsWith("Cleaner")
        || (thread.getThreadGroup() != null && thread.getThreadGroup().getName().equals("system"));
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> !isOfTheJdk(t))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static Set<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(f -> f.getFileName().toString().matches("(?i).*(vertx|vert\\.x|mokha|netty).*"))
          .collect(Collectors.toSet());
    }
  }

  private static void useAndClose() {
    try (Mokha mokha = Mokha.builder().nodes(1).start();
        KubernetesClient jane = mokha.fabric8("jane", "system:masters")) {
      String namespace = mokha.namespace("used");
      assertThat(jane.configMaps().inNamespace(namespace).list().getItems()).isNotNull();
      assertThat(mokha.fabric8().namespaces().withName(namespace).get()).isNotNull();
      mokha.as("jane", "system:masters").close();
    }
  }

  @Test
  void neitherThreadsNorFiles() throws Exception {
    Set<Thread> threadsBefore = threads();
    Set<Path> filesBefore = files();

    useAndClose();

    // Those that are ending may take a moment.
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (Thread thread : threads()) {
      if (!threadsBefore.contains(thread)) {
        thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      }
    }
    Set<Thread> left = threads();
    left.removeAll(threadsBefore);
    assertThat(left).extracting(Thread::getName).isEmpty();
    Set<Path> filesLeft = new HashSet<>(files());
    filesLeft.removeAll(filesBefore);
    assertThat(filesLeft).isEmpty();
  }

  @Test
  void theCloseOfAServerLeavesTheOthersAlone() {
    try (Mokha one = Mokha.start();
        Mokha two = Mokha.start()) {
      assertThat(one.url()).isNotEqualTo(two.url());
      String namespace = two.namespace("stays");
      one.close();
      one.close();
      assertThat(two.fabric8().namespaces().withName(namespace).get()).isNotNull();
    }
  }
}
