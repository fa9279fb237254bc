package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow.Subscription;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class EventCounterTest {
  private static String event(String name) {
    return "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" + name + "\"}}}\n";
  }

  private static EventCounter begun(int expected, boolean samples) {
    EventCounter counter = new EventCounter(expected, samples);
    counter.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {}
        });
    return counter;
  }

  private static void feed(EventCounter counter, String text) {
    counter.onNext(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))));
  }

  @Test
  void eventsMayComeInPieces() {
    String text = event("o-1") + event("o-2") + event("o-3");
    for (int cut = 0; cut <= text.length(); cut++) {
      EventCounter counter = begun(3, true);
      feed(counter, text.substring(0, cut));
      feed(counter, text.substring(cut));
      assertThat(counter.all()).isCompletedWithValue(3);
      assertThat(counter.arrivals()).containsOnlyKeys("o-1", "o-2", "o-3");
    }
  }

  @Test
  void whoDoesNotSampleCountsAlone() {
    EventCounter counter = begun(2, false);
    feed(counter, event("o-1"));
    assertThat(counter.all()).isNotDone();
    feed(counter, event("o-2"));
    assertThat(counter.all()).isCompletedWithValue(2);
    assertThat(counter.arrivals()).isEmpty();
  }

  @Test
  void aWatchThatEndsEarlyIsAFailure() {
    EventCounter counter = begun(2, false);
    feed(counter, event("o-1"));
    counter.onComplete();
    Assertions.assertThatThrownBy(() -> counter.all().join())
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("ended before all events");
  }
}
