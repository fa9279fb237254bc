package dev.mokha.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a watch says, and waits for it. */
public final class RecordingListener implements WatchListener {
  /** One call. */
  public sealed interface Call {}

  /** {@link WatchListener#onRevision}. */
  public record Changed(long revision, List<WatchEvent> events) implements Call {}

  /** {@link WatchListener#onCompacted}. */
  public record Compacted(long revision) implements Call {}

  /** {@link WatchListener#onClosed}. */
  public record Closed(Throwable cause) implements Call {}

  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

  @Override
  public void onRevision(long revision, List<WatchEvent> events) {
    calls.add(new Changed(revision, events));
  }

  @Override
  public void onCompacted(long compactedRevision) {
    calls.add(new Compacted(compactedRevision));
  }

  @Override
  public void onClosed(Throwable cause) {
    calls.add(new Closed(cause));
  }

  /** The next call. */
  public Call next() throws InterruptedException {
    Call call = calls.poll(30, TimeUnit.SECONDS);
    assertThat(call).as("a call within 30 s").isNotNull();
    return call;
  }

  /** All changes up to that revision. */
  public List<Changed> until(long revision) throws InterruptedException {
    List<Changed> changes = new ArrayList<>();
    while (changes.isEmpty() || changes.getLast().revision() < revision) {
      Call call = next();
      assertThat(call).isInstanceOf(Changed.class);
      changes.add((Changed) call);
    }
    return changes;
  }

  /** True when no call waits to be taken. */
  public boolean isQuiet() {
    return calls.isEmpty();
  }
}
