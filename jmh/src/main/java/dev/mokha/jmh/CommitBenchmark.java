package dev.mokha.jmh;

import dev.mokha.store.Committed;
import dev.mokha.store.Store;
import dev.mokha.store.Transaction;
import dev.mokha.store.memory.MemoryStore;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/** Durable commits of 1 KB: by one writer, and by 64 who share their fsyncs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class CommitBenchmark {
  /** Which store. */
  @Param({"rocks", "memory"})
  public String kind;

  private final AtomicLong next = new AtomicLong();
  private final byte[] value = new byte[1024];
  private Path directory;
  private Store store;

  /** Opens an empty store. */
  @Setup
  public void open() throws IOException {
    directory = Files.createTempDirectory("mokha-jmh");
    store = kind.equals("rocks") ? RocksStore.open(directory) : MemoryStore.create();
  }

  /** Removes it. */
  @TearDown
  public void close() throws IOException {
    store.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private Committed commit() {
    String key = "/bench/" + next.incrementAndGet();
    return store.commit(
        new Transaction(
            List.of(new Transaction.Compare(key, 0)), List.of(new Transaction.Put(key, value))));
  }

  /** Alone. */
  @Benchmark
  @Threads(1)
  public Committed alone() {
    return commit();
  }

  /** Sixty-four at once. */
  @Benchmark
  @Threads(64)
  public Committed together() {
    return commit();
  }
}
