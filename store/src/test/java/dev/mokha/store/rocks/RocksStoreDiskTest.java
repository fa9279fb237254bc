package dev.mokha.store.rocks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.store.RecordingListener;
import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import dev.mokha.store.Transaction.Put;
import dev.mokha.store.WatchEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What disks do to the store: a cut in the middle of everything, and no space left. */
final class RocksStoreDiskTest {
  private static final int WRITERS = 16;

  @TempDir private Path directory;

  /** From elsewhere: a loaded library would keep the test's file system busy. */
  @BeforeAll
  static void loadLibrary(@TempDir Path elsewhere) {
    NativeLibrary.load(elsewhere);
  }

  @Test
  void nothingAcknowledgedIsLostWhenThePowerGoes() throws Throwable {
    try (LoopFileSystem disk = LoopFileSystem.create(directory, 256)) {
      Map<String, String> acknowledged = new ConcurrentHashMap<>();
      Map<Long, String> revisions = new ConcurrentHashMap<>();
      for (int round = 0; round < 3; round++) {
        int last = round;
        Store store = RocksStore.open(disk.path().resolve("store"));
        try {
          assertHolds(store, acknowledged, revisions);
          RecordingListener heard = new RecordingListener();
          try (Subscription watch = store.watch("", store.revision(), heard)) {
            long durable = writeUntilCutOff(disk, store, acknowledged, revisions, last);
            assertEverythingHeardWasDurable(disk, store, heard, durable);
          }
        } finally {
          store.close();
          disk.unmount();
          disk.mount();
        }
      }
      try (Store store = RocksStore.open(disk.path().resolve("store"))) {
        assertHolds(store, acknowledged, revisions);
        assertThat(acknowledged.size()).isGreaterThan(WRITERS);
      }
    }
  }

  /**
   * Writes until the file system is gone, and leaves in the maps what was acknowledged before that
   * began; returns the revision that was visible then. A sync that is under way while ext4 shuts
   * down may report success although its journal commit was given up, so that what is acknowledged
   * in that very moment says nothing about the store.
   */
  private static long writeUntilCutOff(
      LoopFileSystem disk,
      Store store,
      Map<String, String> acknowledged,
      Map<Long, String> revisions,
      int round)
      throws Throwable {
    CountDownLatch enough = new CountDownLatch(1_000);
    AtomicInteger refused = new AtomicInteger();
    List<Thread> writers = new ArrayList<>();
    for (int w = 0; w < WRITERS; w++) {
      int writer = w;
      writers.add(
          Thread.startVirtualThread(
              () -> {
                for (int i = 0; ; i++) {
                  // A key of its own for each writer: the last value it knows of is the truth.
                  String key = "/" + writer + "/" + i % 50;
                  String value = round + " " + i + " " + "x".repeat(i % 900);
                  try {
                    long revision =
                        store
                            .commit(
                                new Transaction(
                                    List.of(), List.of(new Put(key, value.getBytes(UTF_8)))))
                            .revision();
                    acknowledged.put(key, value);
                    revisions.put(revision, key);
                    enough.countDown();
                  } catch (StoreException e) {
                    refused.incrementAndGet();
                    return;
                  }
                }
              }));
    }
    enough.await();
    if (round == 1) {
      store.compact(store.revision());
    }
    Map<String, String> acknowledgedBefore = Map.copyOf(acknowledged);
    Map<Long, String> revisionsBefore = Map.copyOf(revisions);
    long visibleBefore = store.revision();
    disk.cutOff();
    for (Thread writer : writers) {
      writer.join();
    }
    acknowledged.clear();
    acknowledged.putAll(acknowledgedBefore);
    revisions.clear();
    revisions.putAll(revisionsBefore);
    assertThat(refused).hasValue(WRITERS);
    assertThat(store.list("/").entries()).as("the store is still read").isNotEmpty();
    assertThatThrownBy(() -> store.commit(Transaction.create("/late", new byte[0])))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("takes no more changes");
    return visibleBefore;
  }

  private static void assertEverythingHeardWasDurable(
      LoopFileSystem disk, Store store, RecordingListener heard, long durable) throws Exception {
    List<Changed> changes = heard.until(durable);
    assertThat(changes.getLast().revision()).isGreaterThanOrEqualTo(durable);
    store.close();
    disk.unmount();
    disk.mount();
    try (Store reopened = RocksStore.open(disk.path().resolve("store"))) {
      assertThat(reopened.revision()).isGreaterThanOrEqualTo(durable);
    }
  }

  /** Each key holds what was acknowledged last, or a later write whose answer was cut off. */
  private static void assertHolds(
      Store store, Map<String, String> acknowledged, Map<Long, String> revisions)
      throws InterruptedException {
    for (Map.Entry<String, String> e : acknowledged.entrySet()) {
      String found = new String(store.get(e.getKey()).orElseThrow().value(), UTF_8);
      assertThat(number(found)).isGreaterThanOrEqualTo(number(e.getValue()));
      if (number(found) == number(e.getValue())) {
        assertThat(found).isEqualTo(e.getValue());
      }
    }
    if (store.revision() == store.compactedRevision()) {
      return;
    }
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("", store.compactedRevision(), heard)) {
      long expected = store.compactedRevision();
      for (Changed changed : heard.until(store.revision())) {
        assertThat(changed.revision()).isEqualTo(++expected);
        String key = revisions.get(changed.revision());
        if (key != null) {
          assertThat(changed.events()).extracting(WatchEvent::key).containsExactly(key);
        }
      }
    }
  }

  private static long number(String value) {
    String[] parts = value.split(" ", 3);
    return Long.parseLong(parts[0]) * 1_000_000_000L + Long.parseLong(parts[1]);
  }

  @Test
  void aFullDiskIsSaidSoAndTheStoreIsStillRead() throws Exception {
    try (LoopFileSystem disk = LoopFileSystem.create(directory, 64)) {
      int written = 0;
      try (Store store = RocksStore.open(disk.path().resolve("store"))) {
        StoreException full = null;
        byte[] value = new byte[512 << 10];
        new java.util.Random(1).nextBytes(value);
        while (full == null && written < 1_000) {
          try {
            store.commit(Transaction.create("/k/" + written, value));
            written++;
          } catch (StoreException e) {
            full = e;
          }
        }
        assertThat(full)
            .isNotNull()
            .hasMessage(
                "the disk of %s is full; free some space and start mokha again"
                    .formatted(disk.path().resolve("store")));
        assertThat(store.list("/k/").entries()).hasSize(written);
        assertThat(store.get("/k/" + written)).isEmpty();
        assertThatThrownBy(() -> store.commit(Transaction.create("/small", new byte[1])))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("is full");
      }
    }
  }
}
