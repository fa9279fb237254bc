package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.bench.PodWatch.Moment;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodWatchTest {
  private final PodWatch watch = new PodWatch(Duration.ofMillis(10));

  private static KubeObject pod(String name, String status) {
    String json =
        """
        {"apiVersion":"v1","kind":"Pod",
         "metadata":{"name":"%s","namespace":"n","resourceVersion":"5"},"status":%s}
        """
            .formatted(name, status);
    return KubeObject.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String running(boolean ready) {
    return """
    {"phase":"Running","conditions":[
      {"type":"Initialized","status":"True"},{"type":"Ready","status":"%s"}]}
    """
        .formatted(ready ? "True" : "False");
  }

  @Test
  void theFirstEventOfAMomentCounts() {
    long start = System.nanoTime();
    watch.onEvent("ADDED", pod("p", "{\"phase\":\"Pending\"}"));
    watch.onEvent("MODIFIED", pod("p", running(false)));
    long runningAt = watch.await("p", Moment.RUNNING);
    assertThatThrownBy(() -> watch.await("p", Moment.READY))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("pod p was not ready");
    watch.onEvent("MODIFIED", pod("p", running(true)));
    watch.onEvent("DELETED", pod("p", running(true)));
    assertThat(watch.await("p", Moment.RUNNING)).isEqualTo(runningAt);
    assertThat(watch.await("p", Moment.READY)).isGreaterThan(runningAt);
    assertThat(watch.await("p", Moment.GONE)).isGreaterThan(watch.await("p", Moment.READY));
    assertThat(watch.since(Map.of("p", start, "never", start), Moment.RUNNING))
        .containsExactly(runningAt - start);
  }

  @Test
  void countsPodsAndGivesTheLastOnesTime() {
    try (Progress progress = Progress.start(new PrintWriter(new StringWriter()), "pods", 2)) {
      watch.onEvent("ADDED", pod("a", running(true)));
      assertThatThrownBy(() -> watch.awaitCount(2, Moment.RUNNING, progress))
          .hasMessageStartingWith("1 of 2 pods were running");
      watch.onEvent("ADDED", pod("b", running(true)));
      watch.onEvent("MODIFIED", pod("b", running(true)));
      assertThat(watch.awaitCount(2, Moment.RUNNING, progress))
          .isEqualTo(watch.await("b", Moment.RUNNING));
    }
  }

  @Test
  void aPodThatCantStartEndsTheWait() {
    watch.onEvent(
        "MODIFIED",
        pod(
            "p",
            """
            {"phase":"Pending","containerStatuses":[
              {"state":{"waiting":{"reason":"ErrImagePull","message":"no such image"}}}]}
            """));
    assertThatThrownBy(() -> watch.await("p", Moment.RUNNING))
        .hasMessage("pod p does not start: ErrImagePull, no such image");
  }

  @Test
  void aPodThatIsBeingCreatedIsNoTrouble() {
    watch.onEvent(
        "MODIFIED",
        pod(
            "p",
            """
            {"phase":"Pending","containerStatuses":[
              {"state":{"waiting":{"reason":"ContainerCreating"}}}]}
            """));
    assertThatThrownBy(() -> watch.await("p", Moment.RUNNING))
        .hasMessageStartingWith("pod p was not running");
  }

  @Test
  void aBrokenWatchEndsTheWait() {
    watch.onClose(StatusException.internal("gone away"));
    assertThatThrownBy(() -> watch.await("p", Moment.RUNNING))
        .hasMessageStartingWith("the watch of pods broke off");
  }
}
