package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/**
 * One watcher: counts events, one a line, until it has seen as many as it expects. A sampling one
 * also notes when which object's event arrived, which costs the driver more.
 */
final class EventCounter implements BodySubscriber<Void> {
  private static final String NAME = "\"name\":\"";

  private final int expected;
  private final boolean samples;
  private final CompletableFuture<Integer> all = new CompletableFuture<>();
  private final Map<String, Long> arrivals = new HashMap<>();
  private final StringBuilder line = new StringBuilder();
  private volatile Subscription subscription;
  private volatile int seen;

  /**
   * A watcher of so many events.
   *
   * @param expected how many events there will be
   * @param samples whether it notes each one's arrival
   */
  EventCounter(int expected, boolean samples) {
    this.expected = expected;
    this.samples = samples;
  }

  /** Done when all expected events were seen; fails when the watch ends before. */
  CompletableFuture<Integer> all() {
    return all;
  }

  /** How many events were seen. */
  int seen() {
    return seen;
  }

  /** By the objects' names, when their events arrived; read it after {@link #all} is done. */
  Map<String, Long> arrivals() {
    return arrivals;
  }

  /** Ends the watch. */
  void cancel() {
    Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  public CompletionStage<Void> getBody() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    this.subscription = requireNonNull(subscription, "subscription");
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    long now = System.nanoTime();
    int events = 0;
    for (ByteBuffer buffer : buffers) {
      events += samples ? read(buffer, now) : count(buffer);
    }
    int sum = seen + events;
    seen = sum; // one thread at a time calls this
    if (sum >= expected) {
      all.complete(sum);
    }
  }

  private static int count(ByteBuffer buffer) {
    int lines = 0;
    while (buffer.hasRemaining()) {
      if (buffer.get() == '\n') {
        lines++;
      }
    }
    return lines;
  }

  private int read(ByteBuffer buffer, long now) {
    int lines = 0;
    // Object names are ASCII; what else there is need not be right.
    String text = StandardCharsets.ISO_8859_1.decode(buffer).toString();
    int from = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      line.append(text, from, end);
      event(line.toString(), now);
      line.setLength(0);
      from = end + 1;
      lines++;
    }
    line.append(text, from, text.length());
    return lines;
  }

  private void event(String event, long now) {
    if (event.contains("\"type\":\"ERROR\"")) {
      all.completeExceptionally(new BenchException("a watch was ended by the server: " + event));
      return;
    }
    int at = event.indexOf(NAME);
    if (at >= 0) {
      int begin = at + NAME.length();
      arrivals.putIfAbsent(event.substring(begin, event.indexOf('"', begin)), now);
    }
  }

  @Override
  public void onError(Throwable failure) {
    all.completeExceptionally(new BenchException("a watch broke off: " + failure, failure));
  }

  @Override
  public void onComplete() {
    all.completeExceptionally(new BenchException("a watch ended before all events were seen"));
  }
}
