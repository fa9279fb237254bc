package dev.mokha.docker.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Events: what is kept, who hears what, and how it is written. */
final class EventLogTest {
  private static final EventFilter ALL = new EventFilter(Filters.NONE);

  private final EventLog log =
      new EventLog(Clock.fixed(Instant.parse("2026-11-22T20:00:00Z"), ZoneOffset.UTC));

  private static List<String> drain(EventFeed feed) {
    List<String> actions = new ArrayList<>();
    for (Event event = feed.poll(); event != null; event = feed.poll()) {
      actions.add(event.action() + " " + event.id());
    }
    return actions;
  }

  @Test
  void aFollowerGetsThePastAndThenEachEventOnce() {
    log.volume("create", "a", Set.of("team"), Map.of());
    try (EventFeed feed = log.follow(ALL, Instant.EPOCH);
        EventFeed later = log.follow(ALL, null)) {
      log.volume("create", "b", Set.of("team"), Map.of());
      assertThat(drain(feed)).containsExactly("create a", "create b");
      assertThat(drain(later)).containsExactly("create b");
      assertThat(log.followers()).isEqualTo(2);
    }
    assertThat(log.followers()).isZero();
  }

  @Test
  void theLastOnesAreKeptInOrderWithTimesOfTheirOwn() {
    for (int i = 0; i < EventLog.KEPT + 10; i++) {
      log.container("start", Integer.toString(i), "team", Map.of());
    }
    try (EventFeed feed = log.follow(ALL, Instant.EPOCH)) {
      List<Instant> times = new ArrayList<>();
      assertThat(feed.poll().id()).isEqualTo("10");
      for (Event event = feed.poll(); event != null; event = feed.poll()) {
        times.add(event.at());
      }
      assertThat(times).hasSize(EventLog.KEPT - 1).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void aFollowerThatWaitsIsLetGo() throws InterruptedException {
    try (EventFeed feed = log.follow(ALL, null)) {
      feed.end();
      assertThat(feed.next(Instant.MAX)).isNull();
    }
  }

  @Test
  void nothingComesAfterTheDeadline() throws InterruptedException {
    try (EventFeed feed = log.follow(ALL, null)) {
      assertThat(feed.next(Instant.now())).isNull();
    }
  }

  @Test
  void containersHaveSomeFieldsTwice() {
    Event event =
        new Event(
            Event.Type.CONTAINER,
            "die",
            "c1",
            Set.of("team"),
            Map.of("image", "busybox", "exitCode", "0"),
            Instant.ofEpochSecond(5, 7));
    assertThat(event.toJson().toString())
        .isEqualTo(
            "{\"status\":\"die\",\"id\":\"c1\",\"from\":\"busybox\",\"Type\":\"container\","
                + "\"Action\":\"die\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":{\"exitCode\":\"0\","
                + "\"image\":\"busybox\"}},\"scope\":\"local\",\"time\":5,\"timeNano\":5000000007}");
  }

  @Test
  void timesAreReadAsClientsSendThem() {
    assertThat(UnixTime.parse("", 400)).isEmpty();
    assertThat(UnixTime.parse("12.5", 400)).contains(Instant.ofEpochSecond(12, 500_000_000));
    assertThat(UnixTime.parse("12.000000005", 400)).contains(Instant.ofEpochSecond(12, 5));
    assertThatThrownBy(() -> UnixTime.parse("x", 500))
        .isInstanceOf(DockerException.class)
        .hasMessage("strconv.ParseInt: parsing \"x\": invalid syntax");
  }
}
