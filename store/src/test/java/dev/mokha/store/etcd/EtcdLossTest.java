package dev.mokha.store.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Entry;
import dev.mokha.store.RecordingListener;
import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.Store;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import dev.mokha.store.WatchEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of writes and watches when etcd is lost for a while. */
@Timeout(120)
final class EtcdLossTest {
  private static final int WRITERS = 8;
  private static final int ROUNDS = 3;

  @TempDir private Path directory;

  private interface Trouble {
    void make(long begin, Map<Long, String> acknowledged) throws Exception;
  }

  @Test
  void nothingIsLostWhenEtcdIsKilled() throws Exception {
    try (EtcdProcess etcd = EtcdProcess.start(directory);
        Store store = EtcdStore.open(etcd.address("/loss"))) {
      writeThrough(
          store,
          (begin, acknowledged) -> {
            etcd.kill();
            etcd.restart();
          });
    }
  }

  @Test
  void nothingIsLostWhenConnectionsAreCut() throws Exception {
    try (EtcdProcess etcd = EtcdProcess.start(directory);
        TcpProxy proxy = new TcpProxy(etcd.port());
        Store store = EtcdStore.open(through(proxy))) {
      writeThrough(
          store,
          (begin, acknowledged) -> {
            proxy.cut();
            proxy.heal();
          });
    }
  }

  @Test
  void nothingIsLostWhenAnswersAreLost() throws Exception {
    try (EtcdProcess etcd = EtcdProcess.start(directory);
        TcpProxy proxy = new TcpProxy(etcd.port());
        Store store = EtcdStore.open(through(proxy));
        Store direct = EtcdStore.open(etcd.address("/loss"))) {
      writeThrough(
          store,
          (begin, acknowledged) -> {
            proxy.loseAnswers();
            long last = 0;
            for (long now = direct.revision(); now != last; now = direct.revision()) {
              last = now;
              Thread.sleep(100);
            }
            assertThat(last - begin)
                .as("something was made that nobody was told of")
                .isGreaterThan(acknowledged.size());
            proxy.heal();
          });
    }
  }

  @Test
  void nothingIsLostWhenEtcdStandsStill() throws Exception {
    try (EtcdProcess etcd = EtcdProcess.start(directory);
        Store store = EtcdStore.open(etcd.address("/loss"))) {
      long revision = store.commit(Transaction.create("/a", bytes("1"))).revision();
      RecordingListener heard = new RecordingListener();
      try (Subscription watch = store.watch("", revision, heard);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        etcd.freeze();
        Future<Long> written =
            threads.submit(
                () -> store.commit(Transaction.update("/a", revision, bytes("2"))).revision());
        // Longer than one attempt takes, so that it is sent again: the first one waits in a socket.
        while (store.trouble().isEmpty()) {
          Thread.sleep(20);
        }
        etcd.thaw();
        assertThat(written.get()).isEqualTo(revision + 1);
        assertThat(store.get("/a").map(Entry::modRevision)).contains(revision + 1);
        Changed changed = (Changed) heard.next();
        assertThat(changed.revision()).isEqualTo(revision + 1);
        assertThat(changed.events()).extracting(WatchEvent::key).containsExactly("/a");
        assertThat(store.trouble()).isEmpty();
      }
    }
  }

  @Test
  void anotherMemberTakesOver() throws Exception {
    try (EtcdProcess etcd = EtcdProcess.start(directory);
        TcpProxy first = new TcpProxy(etcd.port());
        TcpProxy second = new TcpProxy(etcd.port());
        Store store =
            EtcdStore.open(
                new EtcdAddress(
                    List.of("127.0.0.1:" + first.port(), "127.0.0.1:" + second.port()),
                    "/loss",
                    Optional.empty()))) {
      long revision = store.commit(Transaction.create("/a", bytes("1"))).revision();
      RecordingListener heard = new RecordingListener();
      try (Subscription watch = store.watch("", revision, heard)) {
        first.cut();
        store.commit(Transaction.update("/a", revision, bytes("2")));
        assertThat(((Changed) heard.next()).revision()).isEqualTo(revision + 1);
      }
    }
  }

  private static EtcdAddress through(TcpProxy proxy) {
    return new EtcdAddress(List.of("127.0.0.1:" + proxy.port()), "/loss", Optional.empty());
  }

  /**
   * Writers count up, each a key of its own and all together one key; meanwhile there is trouble. A
   * number that is left out or made twice shows as a value that does not follow the one before.
   */
  private static void writeThrough(Store store, Trouble trouble) throws Exception {
    long begin = store.revision();
    RecordingListener heard = new RecordingListener();
    Map<Long, String> acknowledged = new ConcurrentHashMap<>();
    AtomicBoolean enough = new AtomicBoolean();
    List<Future<?>> writers = new ArrayList<>();
    try (Subscription watch = store.watch("", begin, heard);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch[] warm = new CountDownLatch[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        warm[i] = new CountDownLatch(100 * (i + 1));
      }
      for (int w = 0; w < WRITERS; w++) {
        String own = "/own/" + w;
        writers.add(
            threads.submit(
                () -> {
                  long last = 0;
                  for (int i = 1; !enough.get(); i++) {
                    last = store.commit(Transaction.update(own, last, bytes("" + i))).revision();
                    acknowledged.put(last, own + "=" + i);
                    countUp(store, acknowledged);
                    for (CountDownLatch latch : warm) {
                      latch.countDown();
                    }
                  }
                }));
      }
      for (CountDownLatch latch : warm) {
        latch.await();
        trouble.make(begin, acknowledged);
      }
      enough.set(true);
      for (Future<?> writer : writers) {
        writer.get();
      }
      long end = store.revision();
      long previous = begin;
      Map<String, Integer> values = new HashMap<>();
      for (Changed changed : heard.until(end)) {
        assertThat(changed.revision()).isGreaterThan(previous);
        previous = changed.revision();
        for (WatchEvent event : changed.events()) {
          int value = Integer.parseInt(new String(event.value(), UTF_8));
          assertThat(value).isEqualTo(values.getOrDefault(event.key(), 0) + 1);
          values.put(event.key(), value);
          String told = acknowledged.remove(changed.revision());
          assertThat(told).isEqualTo(event.key() + "=" + value);
        }
      }
      assertThat(acknowledged).as("acknowledged and never heard of").isEmpty();
      assertThat(values).hasSize(WRITERS + 1);
    }
  }

  private static void countUp(Store store, Map<Long, String> acknowledged) {
    while (true) {
      Entry now = store.get("/shared").orElse(null);
      int next = now == null ? 1 : Integer.parseInt(new String(now.value(), UTF_8)) + 1;
      try {
        long revision =
            store
                .commit(
                    Transaction.update(
                        "/shared", now == null ? 0 : now.modRevision(), bytes("" + next)))
                .revision();
        acknowledged.put(revision, "/shared=" + next);
        return;
      } catch (CompareFailedException e) {
        // Another writer was faster.
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
