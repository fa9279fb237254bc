package dev.mokha.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.RecordingListener.Closed;
import dev.mokha.store.RecordingListener.Compacted;
import dev.mokha.store.Transaction.Compare;
import dev.mokha.store.Transaction.Delete;
import dev.mokha.store.Transaction.Operation;
import dev.mokha.store.Transaction.Put;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store promises. */
public abstract class StoreContract {
  protected Store store;

  /** The revision of the empty store: etcd does not begin with 0. */
  private long base;

  /** A new, empty store. */
  protected abstract Store open() throws Exception;

  @BeforeEach
  void start() throws Exception {
    store = open();
    base = store.revision();
  }

  @AfterEach
  void stop() {
    store.close();
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Calls with the numbers below the count, on as many virtual threads as a busy server has. */
  private static void inParallel(int count, IntConsumer call) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int t = 0; t < 64; t++) {
        all.add(
            threads.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    call.accept(i);
                  }
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  /** So many commits are a long history; fewer for a store over a network. */
  protected int historyLength() {
    return 10_000;
  }

  private long put(String key, String value) {
    return store.commit(new Transaction(List.of(), List.of(new Put(key, bytes(value))))).revision();
  }

  @Test
  void beginsEmpty() {
    assertThat(store.revision()).isEqualTo(base);
    assertThat(store.compactedRevision()).isLessThanOrEqualTo(base);
    assertThat(store.list("").entries()).isEmpty();
    assertThat(store.get("/a")).isEmpty();
  }

  @Test
  void createsUpdatesAndDeletes() {
    long created = store.commit(Transaction.create("/a", bytes("1"))).revision();
    long updated = store.commit(Transaction.update("/a", created, bytes("2"))).revision();
    assertThat(updated).isEqualTo(created + 1);
    Entry entry = store.get("/a").orElseThrow();
    assertThat(entry.value()).isEqualTo(bytes("2"));
    assertThat(entry.createRevision()).isEqualTo(created);
    assertThat(entry.modRevision()).isEqualTo(updated);
    store.commit(Transaction.delete("/a", updated));
    assertThat(store.get("/a")).isEmpty();
    long again = store.commit(Transaction.create("/a", bytes("3"))).revision();
    assertThat(store.get("/a").orElseThrow().createRevision()).isEqualTo(again);
  }

  @Test
  void refusesWhenACompareFailsAndChangesNothing() {
    long revision = store.commit(Transaction.create("/a", bytes("1"))).revision();
    assertThatThrownBy(() -> store.commit(Transaction.create("/a", bytes("2"))))
        .isInstanceOfSatisfying(
            CompareFailedException.class,
            e -> {
              assertThat(e.key()).isEqualTo("/a");
              assertThat(e.currentRevision()).isEqualTo(revision);
            });
    Transaction second =
        new Transaction(
            List.of(new Compare("/a", revision), new Compare("/b", 9)),
            List.of(new Put("/a", bytes("2")), new Put("/c", bytes("2"))));
    assertThatThrownBy(() -> store.commit(second))
        .isInstanceOfSatisfying(
            CompareFailedException.class,
            e -> {
              assertThat(e.key()).isEqualTo("/b");
              assertThat(e.currentRevision()).isZero();
            });
    assertThat(store.revision()).isEqualTo(revision);
    assertThat(store.get("/c")).isEmpty();
  }

  @Test
  void givesAllKeysOfATransactionOneRevision() throws Exception {
    RecordingListener heard = new RecordingListener();
    put("/x", "0");
    try (Subscription watch = store.watch("/", base + 1, heard)) {
      long revision =
          store
              .commit(
                  new Transaction(
                      List.of(),
                      List.of(
                          new Put("/b", bytes("b")),
                          new Delete("/x"),
                          new Delete("/none"),
                          new Put("/a", bytes("a")))))
              .revision();
      assertThat(revision).isEqualTo(base + 2);
      Changed changed = (Changed) heard.next();
      assertThat(changed.revision()).isEqualTo(base + 2);
      assertThat(changed.events()).extracting(WatchEvent::key).containsExactly("/b", "/x", "/a");
      assertThat(changed.events())
          .extracting(WatchEvent::isDelete)
          .containsExactly(false, true, false);
      WatchEvent removed = changed.events().get(1);
      assertThat(removed.previous()).isEqualTo(bytes("0"));
      assertThat(removed.previousRevision()).isEqualTo(base + 1);
      assertThat(removed.createRevision()).isEqualTo(base + 1);
    }
  }

  @Test
  void keepsTheRevisionWhenNothingChanges() {
    put("/a", "1");
    assertThat(store.commit(new Transaction(List.of(), List.of())).revision()).isEqualTo(base + 1);
    assertThat(store.commit(new Transaction(List.of(), List.of(new Delete("/none")))).revision())
        .isEqualTo(base + 1);
    assertThatThrownBy(
            () -> store.commit(new Transaction(List.of(new Compare("/a", base + 7)), List.of())))
        .isInstanceOf(CompareFailedException.class);
  }

  @Test
  void listsAPrefixInTheOrderOfUnsignedUtf8Bytes() {
    // U+FFFD sorts before U+1F600 in UTF-8 and after it in UTF-16.
    List<String> keys = List.of("/k/", "/k/a", "/k/a/b", "/k/z", "/k/é", "/k/\uFFFD", "/k/😀");
    List<String> shuffled = List.of("/k/😀", "/k/z", "/k/", "/k/a/b", "/k/\uFFFD", "/k/é", "/k/a");
    for (String key : shuffled) {
      put(key, key);
    }
    put("/j", "before");
    put("/k", "shorter");
    put("/l", "behind");
    Snapshot snapshot = store.list("/k/");
    assertThat(snapshot.revision()).isEqualTo(store.revision());
    assertThat(snapshot.entries()).extracting(Entry::key).containsExactlyElementsOf(keys);
    assertThat(store.list("").entries()).hasSize(10);
    assertThat(store.list("/nothing").entries()).isEmpty();
  }

  @Test
  void aSnapshotStaysAsItWas() {
    put("/a", "1");
    Snapshot before = store.list("");
    put("/a", "2");
    put("/b", "1");
    assertThat(before.revision()).isEqualTo(base + 1);
    assertThat(before.entries()).extracting(e -> new String(e.value(), UTF_8)).containsExactly("1");
  }

  @Test
  void refusesWhatIsOverALimit() {
    List<Operation> many = new ArrayList<>();
    for (int i = 0; i < Store.MAX_OPERATIONS; i++) {
      many.add(new Put("/" + i, bytes("")));
    }
    assertThat(store.commit(new Transaction(List.of(), many)).revision()).isEqualTo(base + 1);
    many.add(new Put("/more", bytes("")));
    assertThatThrownBy(() -> store.commit(new Transaction(List.of(), many)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("128");
    store.commit(Transaction.create("/big", new byte[Store.MAX_BYTES]));
    assertThatThrownBy(
            () -> store.commit(Transaction.create("/bigger", new byte[Store.MAX_BYTES + 1])))
        .isInstanceOf(IllegalArgumentException.class);
    Transaction twice =
        new Transaction(List.of(), List.of(new Put("/a", bytes("")), new Delete("/a")));
    assertThatThrownBy(() -> store.commit(twice)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> put("", "")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> put("a", "")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> put("/\uD800", "")).isInstanceOf(IllegalArgumentException.class);
    assertThat(store.revision()).isEqualTo(base + 2);
  }

  @Test
  void aWatchHearsOfThePastAndThePresentOnceAndInOrder() throws Exception {
    put("/pods/a", "1");
    put("/nodes/n", "1");
    put("/pods/a", "2");
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("/pods/", base + 1, heard)) {
      assertThat(heard.next()).isEqualTo(new Changed(base + 2, List.of()));
      Changed third = (Changed) heard.next();
      WatchEvent event = third.events().getFirst();
      assertThat(event.value()).isEqualTo(bytes("2"));
      assertThat(event.previous()).isEqualTo(bytes("1"));
      assertThat(event.previousRevision()).isEqualTo(base + 1);
      assertThat(event.createRevision()).isEqualTo(base + 1);
      put("/pods/b", "1");
      Changed fourth = (Changed) heard.next();
      assertThat(fourth.revision()).isEqualTo(base + 4);
      assertThat(fourth.events().getFirst().previous()).isNull();
    }
    put("/pods/b", "2");
    assertThat(heard.isQuiet()).isTrue();
  }

  @Test
  void aWatchOfTheFutureWaitsForIt() throws Exception {
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("", base + 2, heard)) {
      put("/a", "1");
      put("/a", "2");
      put("/a", "3");
      assertThat(((Changed) heard.next()).revision()).isEqualTo(base + 3);
    }
  }

  @Test
  void aLongWayBehindAWatchStillHearsOfEverything() throws Exception {
    int count = historyLength();
    inParallel(count, n -> put("/k/" + n % 100, "value " + n));
    assertThat(store.revision()).isEqualTo(base + count);
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("/k/", base, heard)) {
      List<Changed> all = heard.until(base + count);
      for (int i = 0; i < count; i++) {
        assertThat(all.get(i).revision()).isEqualTo(base + i + 1);
        WatchEvent event = all.get(i).events().getFirst();
        if (event.previousRevision() == 0) {
          assertThat(event.previous()).isNull();
        } else {
          WatchEvent before =
              all.get((int) (event.previousRevision() - base) - 1).events().getFirst();
          assertThat(event.previous()).isEqualTo(before.value());
          assertThat(event.key()).isEqualTo(before.key());
        }
      }
    }
  }

  @Test
  void compactionEndsWatchesOfThePastAndKeepsTheLatestValues() throws Exception {
    for (int i = 1; i <= 10; i++) {
      put("/a" + i % 3, "v" + i);
    }
    store.compact(base + 8);
    store.compact(base + 5);
    assertThat(store.compactedRevision()).isEqualTo(base + 8);
    assertThat(store.list("").entries()).hasSize(3);
    RecordingListener late = new RecordingListener();
    try (Subscription watch = store.watch("", base + 7, late)) {
      assertThat(late.next()).isEqualTo(new Compacted(base + 8));
    }
    RecordingListener inTime = new RecordingListener();
    try (Subscription watch = store.watch("", base + 8, inTime)) {
      List<Changed> changes = inTime.until(base + 10);
      assertThat(changes).extracting(Changed::revision).containsExactly(base + 9, base + 10);
      assertThat(changes.getFirst().events().getFirst().previous()).isEqualTo(bytes("v6"));
    }
    assertThatThrownBy(() -> store.compact(base + 11)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aListenerThatFailsEndsItsOwnWatchOnly() throws Exception {
    RecordingListener ends = new RecordingListener();
    WatchListener broken =
        new WatchListener() {
          @Override
          public void onRevision(long revision, List<WatchEvent> events) {
            throw new IllegalStateException("broken on purpose");
          }

          @Override
          public void onCompacted(long compactedRevision) {}

          @Override
          public void onClosed(Throwable cause) {
            ends.onClosed(cause);
          }
        };
    RecordingListener heard = new RecordingListener();
    try (Subscription one = store.watch("", base, broken);
        Subscription other = store.watch("", base, heard)) {
      put("/a", "1");
      assertThat(((Closed) ends.next()).cause()).hasMessage("broken on purpose");
      assertThat(heard.next()).isInstanceOf(Changed.class);
    }
  }

  @Test
  void aSubscriptionMayBeClosedByItsOwnListener() throws Exception {
    RecordingListener heard = new RecordingListener();
    CountDownLatch subscribed = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    Subscription[] own = new Subscription[1];
    WatchListener leaving =
        new WatchListener() {
          @Override
          public void onRevision(long revision, List<WatchEvent> events) {
            heard.onRevision(revision, events);
            try {
              subscribed.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            own[0].close();
            left.countDown();
          }

          @Override
          public void onCompacted(long compactedRevision) {}

          @Override
          public void onClosed(Throwable cause) {
            heard.onClosed(cause);
          }
        };
    put("/a", "1");
    put("/a", "2");
    own[0] = store.watch("", base, leaving);
    subscribed.countDown();
    left.await();
    assertThat(heard.next()).isInstanceOf(Changed.class);
    assertThat(heard.isQuiet()).isTrue();
  }

  @Test
  void closingEndsWatchesAndRefusesCommits() throws Exception {
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("", base, heard)) {
      store.close();
      assertThat(heard.next()).isEqualTo(new Closed(null));
    }
    assertThatThrownBy(() -> put("/a", "1"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
    store.close();
  }

  @Test
  void ofManyThatCreateTheSameKeyOneWins() throws Exception {
    AtomicInteger won = new AtomicInteger();
    AtomicInteger lost = new AtomicInteger();
    Set<Long> revisions = new ConcurrentSkipListSet<>();
    inParallel(
        640,
        i -> {
          String key = "/k/" + i % 64;
          try {
            revisions.add(store.commit(Transaction.create(key, bytes(key))).revision());
            won.incrementAndGet();
          } catch (CompareFailedException e) {
            assertThat(store.get(key)).as("what it lost to is visible").isPresent();
            lost.incrementAndGet();
          }
        });
    assertThat(won).hasValue(64);
    assertThat(lost).hasValue(576);
    assertThat(revisions).hasSize(64);
    assertThat(store.revision()).isEqualTo(base + 64);
    assertThat(new TreeSet<>(revisions).last()).isEqualTo(base + 64);
  }

  @Test
  void aCommitIsVisibleToItsCallerAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 32; t++) {
        String key = "/own/" + t;
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    long revision = put(key, "v" + i);
                    assertThat(store.get(key).orElseThrow().modRevision()).isEqualTo(revision);
                    assertThat(store.revision()).isGreaterThanOrEqualTo(revision);
                  }
                }));
      }
      for (var each : all) {
        each.get();
      }
    }
  }
}
