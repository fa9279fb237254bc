package dev.mokha.store.rocks;

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
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes as fast as it can, killed at any moment. */
final class RocksStoreCrashTest {
  private static final int WRITERS = 16;
  private static final int KEYS = 40;
  private static final int ROUNDS = 4;

  @TempDir private Path directory;

  @Test
  @Timeout(120)
  void whatWasAcknowledgedIsThereAfterAKill() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<String, Long> lastTold = new HashMap<>();
    Map<Long, String> told = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      killAfter(200 + random.nextInt(2_000), lastTold, told);
      try (Store store = RocksStore.open(directory)) {
        compare(store, lastTold, told, "seed " + seed + ", round " + round);
        lastTold.clear();
        told.clear();
      }
    }
  }

  private void killAfter(int lines, Map<String, Long> lastTold, Map<Long, String> told)
      throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
      int read = 0;
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] parts = line.split(" ");
        if (parts.length == 3) { // the kill may cut the last line
          long revision = Long.parseLong(parts[1]);
          lastTold.merge(parts[0], revision, Math::max);
          told.put(revision, parts[0] + " " + parts[2]);
        }
        if (++read == lines) {
          // By its handle: Process itself would close the stream with what is left to read.
          child.toHandle().destroyForcibly();
        }
      }
      assertThat(read).as("lines of the writer").isGreaterThanOrEqualTo(lines);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static void compare(
      Store store, Map<String, Long> lastTold, Map<Long, String> told, String when)
      throws InterruptedException {
    lastTold.forEach(
        (key, revision) ->
            assertThat(store.get(key).map(Entry::modRevision).orElse(0L))
                .as("%s: %s", when, key)
                .isGreaterThanOrEqualTo(revision));
    RecordingListener heard = new RecordingListener();
    long expected = store.compactedRevision();
    assertThat(store.revision()).isGreaterThan(expected);
    try (Subscription watch = store.watch("", expected, heard)) {
      Map<Long, String> history = new HashMap<>();
      for (Changed changed : heard.until(store.revision())) {
        assertThat(changed.revision()).as(when).isEqualTo(++expected);
        WatchEvent event = changed.events().getFirst();
        history.put(
            changed.revision(), event.key() + " " + new String(event.value(), UTF_8).strip());
      }
      told.forEach(
          (revision, what) -> {
            if (revision > store.compactedRevision()) {
              assertThat(history).as(when).containsEntry(revision, what);
            }
          });
    }
  }

  /** The child: prints the key, the revision and the value of every write it was acknowledged. */
  static final class Writer {
    private Writer() {}

    /** The argument is the store's directory. */
    public static void main(String[] args) throws Exception {
      PrintStream out = new PrintStream(System.out, true, UTF_8);
      Store store = RocksStore.open(Path.of(args[0]));
      List<Thread> writers = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        writers.add(Thread.ofVirtual().start(() -> write(store, writer, out)));
      }
      while (true) {
        // Compaction under way is what a kill must not hurt either.
        Thread.sleep(50);
        store.compact(Math.max(0, store.revision() - 100));
      }
    }

    private static void write(Store store, int writer, PrintStream out) {
      Random random = new Random();
      for (int i = 0; ; i++) {
        String key = "/" + random.nextInt(KEYS);
        long last = store.get(key).map(Entry::modRevision).orElse(0L);
        String value = writer + "-" + i;
        // Of any length, but no more to compare than the beginning.
        byte[] bytes = (value + " ".repeat(random.nextInt(3_000))).getBytes(UTF_8);
        try {
          long revision = store.commit(Transaction.update(key, last, bytes)).revision();
          synchronized (out) {
            out.println(key + " " + revision + " " + value);
          }
        } catch (CompareFailedException e) {
          // Another writer was faster.
        }
      }
    }
  }
}
