package dev.mokha.store;

import dev.mokha.store.Transaction.Put;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.rocks.RocksStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How fast a store commits, each commit synced before it returns. Started by hand:
 *
 * <pre>
 * java -cp ... dev.mokha.store.CommitSpeed /var/tmp/speed        a new store on disk
 * java -cp ... dev.mokha.store.CommitSpeed etcd://127.0.0.1:2379
 * </pre>
 *
 * <p>It prints a line for 1 and for 64 writers on virtual threads: commits per second, and the time
 * of one in milliseconds. Values are of 1 KB, each writer has keys of its own.
 */
final class CommitSpeed {
  private static final int VALUE_BYTES = 1_000;
  private static final int KEYS = 1_000;

  private CommitSpeed() {}

  public static void main(String[] args) throws Exception {
    try (Store store =
        args[0].startsWith(EtcdAddress.SCHEME)
            ? EtcdStore.open(EtcdAddress.parse(args[0]))
            : RocksStore.open(Path.of(args[0]))) {
      boolean quick = args[0].startsWith(EtcdAddress.SCHEME);
      measure(store, 64, quick ? 5_000 : 50_000);
      measure(store, 1, quick ? 1_000 : 10_000);
      measure(store, 64, quick ? 20_000 : 200_000);
    }
  }

  private static void measure(Store store, int writers, int commits) throws Exception {
    long[] nanos = new long[commits];
    AtomicInteger next = new AtomicInteger();
    long began = System.nanoTime();
    Thread[] threads = new Thread[writers];
    for (int w = 0; w < writers; w++) {
      int writer = w;
      threads[w] =
          Thread.startVirtualThread(
              () -> {
                for (int i = next.getAndIncrement(); i < commits; i = next.getAndIncrement()) {
                  long start = System.nanoTime();
                  String key = "/speed/" + writer + "/" + i % KEYS;
                  store.commit(
                      new Transaction(List.of(), List.of(new Put(key, new byte[VALUE_BYTES]))));
                  nanos[i] = System.nanoTime() - start;
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    Arrays.sort(nanos);
    System.out.printf(
        "%3d writers  %7.0f commits/s  p50 %.3f ms  p99 %.3f ms%n",
        writers, commits / seconds, nanos[commits / 2] / 1e6, nanos[commits * 99 / 100] / 1e6);
  }
}
