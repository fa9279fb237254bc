package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectStorage.Delete;
import dev.mokha.server.storage.ObjectStorage.Write;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Entry;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forgets what is old: events that happened long ago, and history nobody may watch from any more.
 */
public final class Housekeeping implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration PERIOD = Duration.ofSeconds(30);
  private static final int BATCH = 100;
  private static final String TURN = "/mokha.dev/housekeeping";

  private record Mark(Instant at, long revision) {}

  private final ObjectStorage storage;
  private final StorageResource events;
  private final Duration eventTtl;
  private final Duration historyKept;
  private final InstantSource clock;
  private final Deque<Mark> marks = new ArrayDeque<>();
  private final Thread thread;
  private volatile boolean closed;
  private long turn = -1;

  /** Starts to keep house. */
  public Housekeeping(
      ObjectStorage storage,
      StorageResource events,
      Duration eventTtl,
      Duration historyKept,
      InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.events = requireNonNull(events, "events");
    this.eventTtl = requireNonNull(eventTtl, "eventTtl");
    this.historyKept = requireNonNull(historyKept, "historyKept");
    this.clock = requireNonNull(clock, "clock");
    this.thread = Thread.ofVirtual().name("housekeeping").start(this::run);
  }

  private void run() {
    while (!closed) {
      try {
        Thread.sleep(PERIOD);
        tidy(clock.instant());
      } catch (InterruptedException e) {
        return;
      } catch (WriteConflict | StoreException e) {
        log.debug("tidying up goes on in the next round", e);
      } catch (RuntimeException e) {
        log.warn("tidying up failed and goes on in the next round", e);
      }
    }
  }

  /** One round. */
  void tidy(Instant now) {
    marks.addLast(new Mark(now, storage.cache().revision()));
    long compactTo = 0;
    while (!marks.isEmpty() && marks.getFirst().at.plus(historyKept).compareTo(now) <= 0) {
      compactTo = marks.removeFirst().revision;
    }
    if (compactTo > 0) {
      storage.cache().forgetHistory(compactTo);
    }
    if (!isMyTurn()) {
      return;
    }
    if (compactTo > storage.cache().store().compactedRevision()) {
      storage.cache().store().compact(compactTo);
    }
    expireEvents(now.minus(eventTtl));
  }

  /**
   * Of the servers of a cluster one keeps house: each looks at a key once a round, and the one that
   * finds it as it was a round ago writes it. As long as that one lives the others find it changed.
   */
  private boolean isMyTurn() {
    Store store = storage.cache().store();
    if (!store.isShared()) {
      return true;
    }
    long revision = store.get(TURN).map(Entry::modRevision).orElse(0L);
    if (revision != turn) {
      turn = revision;
      return false;
    }
    try {
      turn = store.commit(Transaction.update(TURN, revision, new byte[0])).revision();
      return true;
    } catch (CompareFailedException e) {
      turn = e.currentRevision();
      return false;
    }
  }

  private void expireEvents(Instant before) {
    List<Write> batch = new ArrayList<>();
    for (KubeObject event : storage.cache().list(events.group(), events.resource(), "")) {
      StoredObject stored =
          storage.cache().find(events, events.key(event.namespace(), event.name()));
      if (stored != null && stored.form(LastSeen.FORM, Housekeeping::lastSeen).isBefore(before)) {
        batch.add(new Delete(events, stored));
        if (batch.size() == BATCH) {
          storage.commit(batch);
          batch.clear();
        }
      }
    }
    if (!batch.isEmpty()) {
      storage.commit(batch);
    }
  }

  private enum LastSeen {
    FORM
  }

  private static Instant lastSeen(KubeObject event) {
    ObjectNode tree = event.toTree();
    Instant last = Instant.EPOCH;
    for (JsonNode at :
        new JsonNode[] {
          tree.path("metadata").path("creationTimestamp"),
          tree.path("lastTimestamp"),
          tree.path("eventTime"),
          tree.path("series").path("lastObservedTime")
        }) {
      try {
        Instant time = at.asString("").isEmpty() ? last : Instant.parse(at.asString(""));
        last = time.isAfter(last) ? time : last;
      } catch (DateTimeParseException e) {
        // Another of the times will do.
      }
    }
    return last;
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
