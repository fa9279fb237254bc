package dev.mokha.jmh;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.WatchedEvent;
import dev.mokha.server.storage.Watches;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import tools.jackson.databind.node.ObjectNode;

/** One change and two hundred watchers who pull it: the time for each event. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WatchBenchmark {
  private static final int WATCHERS = 200;
  private static final StorageResource CONFIG_MAPS =
      new StorageResource("", "configmaps", true, new GroupVersionKind("", "v1", "ConfigMap"));

  private final AtomicLong next = new AtomicLong();
  private final List<ObjectWatch> watches = new ArrayList<>();
  private final Store store = MemoryStore.create();
  private ObjectCache cache;
  private ObjectStorage storage;

  /** Begins the watches. */
  @Setup
  public void begin() {
    cache = new ObjectCache(store, List.of(CONFIG_MAPS));
    cache.start();
    storage = new ObjectStorage(cache);
    Watches from = new Watches(cache);
    for (int i = 0; i < WATCHERS; i++) {
      String shard = Integer.toString(i % 10);
      watches.add(from.fromNow(CONFIG_MAPS, o -> !shard.equals(o.object().labels().get("shard"))));
    }
  }

  /** Ends them. */
  @TearDown
  public void end() {
    cache.close();
    store.close();
  }

  /** A create, then every watcher takes the event. */
  @Benchmark
  @OperationsPerInvocation(WATCHERS)
  public void dispatch(Blackhole sink) {
    String name = "c" + next.getAndIncrement();
    ObjectNode tree = Json.parseObject(Samples.configMap(name));
    storage.commit(new ObjectStorage.Create(CONFIG_MAPS, "bench/" + name, tree));
    for (ObjectWatch w : watches) {
      WatchedEvent event = w.poll();
      if (event == null) {
        throw new IllegalStateException("a watcher missed " + name);
      }
      sink.consume(event.object().object().json());
    }
  }
}
