package dev.mokha.store.etcd;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import dev.mokha.store.Committed;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.StoreUnavailableException;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.WatchListener;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A cluster's store in etcd, which any number of processes may open at once.
 *
 * <pre>{@code
 * EtcdAddress address = EtcdAddress.parse("etcd://10.0.0.1,10.0.0.2,10.0.0.3?prefix=/mokha");
 * try (Store store = EtcdStore.open(address)) { ... }
 * }</pre>
 *
 * <p>While etcd can't be reached, calls wait for it, reads for fifteen seconds and writes for
 * thirty, and then end with a {@link StoreUnavailableException}; watches wait as long as it takes.
 *
 * <p>Revisions are etcd's: they may have gaps where other programs write to the same etcd, and a
 * compaction is one of the whole etcd.
 */
public final class EtcdStore implements Store {
  private static final Duration READ = Duration.ofSeconds(15);
  private static final Duration WRITE = Duration.ofSeconds(30);
  private static final int PAGE = 5_000;

  private final Keys keys;
  private final EtcdConnection connection;
  private final LatestRevision latest;
  private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();
  private final AtomicLong compacted = new AtomicLong();
  private final UUID process = UUID.randomUUID();
  private final AtomicLong marks = new AtomicLong();
  private final ReentrantLock ticking = new ReentrantLock();
  private final ConcurrentHashMap<Integer, Boolean> progress = new ConcurrentHashMap<>();

  private EtcdStore(EtcdAddress address) {
    this.keys = new Keys(address.prefix());
    this.connection = new EtcdConnection(address);
    this.latest = new LatestRevision(this::readRevision);
  }

  /**
   * Connects.
   *
   * @throws StoreUnavailableException when no member answers within fifteen seconds
   * @throws StoreException when a certificate can't be read, or etcd refuses
   */
  public static Store open(EtcdAddress address) {
    EtcdStore store = new EtcdStore(requireNonNull(address));
    try {
      store.revision();
      return store;
    } catch (RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.ofNullable(connection.trouble());
  }

  /** A read that etcd answers only when it knows of all that was committed before. */
  @Override
  public long revision() {
    long revision = latest.get();
    watches.forEach(w -> w.want(revision));
    return revision;
  }

  private long readRevision() {
    long known = connection.seen();
    RangeRequest request = RangeRequest.newBuilder().setKey(keys.tick()).setCountOnly(true).build();
    long revision =
        asked(() -> connection.read(READ, stub -> stub.range(request))).getHeader().getRevision();
    if (revision < known) {
      throw new StoreException(
          "etcd is at revision %d and was at %d before: it was restored from a backup or is another one; stop all servers of this cluster and start them again"
              .formatted(revision, known),
          null);
    }
    connection.saw(revision);
    return revision;
  }

  private static <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (StatusRuntimeException e) {
      throw EtcdConnection.refusal(e);
    }
  }

  /** etcd does not tell, but refuses what asks for too much; a watch is then told from where. */
  @Override
  public long compactedRevision() {
    long known = Math.max(1, compacted.get());
    RangeRequest request =
        RangeRequest.newBuilder().setKey(keys.tick()).setCountOnly(true).setRevision(known).build();
    try {
      connection.read(READ, stub -> stub.range(request));
    } catch (StatusRuntimeException e) {
      if (!EtcdConnection.text(e).contains("required revision has been compacted")) {
        throw EtcdConnection.refusal(e);
      }
      askAWatch(known);
    }
    return compacted.get();
  }

  private void askAWatch(long from) {
    long until = System.nanoTime() + READ.toNanos();
    try (WatchStream stream =
        new WatchStream(
            connection.watches(connection.member()), keys.tick(), ByteString.EMPTY, from, false)) {
      while (System.nanoTime() < until) {
        WatchResponse response = stream.next(READ);
        if (response != null && response.getCompactRevision() > 0) {
          compacted(response.getCompactRevision());
          return;
        }
      }
      throw new StoreUnavailableException("etcd did not tell what it has compacted", null);
    } catch (WatchStream.Lost e) {
      throw new StoreUnavailableException("etcd does not answer: " + e.getMessage(), e);
    }
  }

  void compacted(long revision) {
    compacted.accumulateAndGet(revision, Math::max);
  }

  @Override
  public Optional<Entry> get(String key) {
    RangeRequest request = RangeRequest.newBuilder().setKey(keys.of(key)).build();
    RangeResponse found = asked(() -> connection.read(READ, stub -> stub.range(request)));
    connection.saw(found.getHeader().getRevision());
    return found.getKvsCount() == 0 ? Optional.empty() : Optional.of(keys.entry(found.getKvs(0)));
  }

  /** In pages, all at the revision of the first. */
  @Override
  public Snapshot list(String prefix) {
    List<Entry> entries = new ArrayList<>();
    ByteString from = keys.firstOf(prefix);
    ByteString end = keys.endOf(prefix);
    long revision = 0;
    while (true) {
      RangeRequest request =
          RangeRequest.newBuilder()
              .setKey(from)
              .setRangeEnd(end)
              .setLimit(PAGE)
              .setRevision(revision)
              .build();
      RangeResponse page = asked(() -> connection.read(READ, stub -> stub.range(request)));
      if (revision == 0) {
        revision = page.getHeader().getRevision();
        connection.saw(revision);
      }
      for (KeyValue kv : page.getKvsList()) {
        entries.add(keys.entry(kv));
      }
      if (!page.getMore()) {
        break;
      }
      from = page.getKvs(page.getKvsCount() - 1).getKey().concat(ByteString.copyFrom(new byte[1]));
    }
    long read = revision;
    watches.forEach(w -> w.want(read));
    return new Snapshot(revision, entries);
  }

  @Override
  public Committed commit(Transaction transaction) {
    transaction.requireValid();
    return new EtcdCommit(this, connection, keys, transaction, WRITE).run();
  }

  @Override
  public Subscription watch(String prefix, long afterRevision, WatchListener listener) {
    if (afterRevision < 0) {
      throw new IllegalArgumentException("a revision is not negative: " + afterRevision);
    }
    EtcdWatch watch =
        new EtcdWatch(
            this,
            connection,
            keys,
            requireNonNull(prefix),
            afterRevision,
            requireNonNull(listener));
    watches.add(watch);
    watch.start();
    return watch;
  }

  void forget(EtcdWatch watch) {
    watches.remove(watch);
  }

  @Override
  public void compact(long revision) {
    try {
      connection.read(
          WRITE,
          stub ->
              stub.compact(
                  CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build()));
      compacted(revision);
    } catch (StatusRuntimeException e) {
      String text = EtcdConnection.text(e);
      if (text.contains("required revision is a future revision")) {
        throw new IllegalArgumentException("revision %d is not there yet".formatted(revision), e);
      }
      if (!text.contains("required revision has been compacted")) {
        throw EtcdConnection.refusal(e);
      }
    }
  }

  /** Writes the tick key, so that all watches reach a revision of now. */
  long tick() {
    ticking.lock();
    try {
      PutRequest request = PutRequest.newBuilder().setKey(keys.tick()).build();
      long revision =
          asked(() -> connection.read(READ, stub -> stub.put(request))).getHeader().getRevision();
      connection.saw(revision);
      return revision;
    } finally {
      ticking.unlock();
    }
  }

  /**
   * True when a member's progress notifications are to be trusted: before 3.4.25 and 3.5.8 they
   * could overtake events.
   */
  boolean reportsProgress(int member) {
    try {
      return progress.computeIfAbsent(member, m -> isSound(connection.version(m)));
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  static boolean isSound(String version) {
    String[] parts = version.split("[.-]");
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = Integer.parseInt(parts[1]);
      int patch = Integer.parseInt(parts[2]);
      if (major != 3) {
        return major > 3;
      }
      return minor > 5 || (minor == 5 && patch >= 8) || (minor == 4 && patch >= 25);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return false;
    }
  }

  /** A mark that no other transaction has, of whatever process. */
  ByteString newMark() {
    return ByteString.copyFrom(
        ByteBuffer.allocate(3 * Long.BYTES)
            .putLong(process.getMostSignificantBits())
            .putLong(process.getLeastSignificantBits())
            .putLong(marks.incrementAndGet())
            .flip());
  }

  /** The revision after that one, up to now, whose transaction wrote the mark. */
  OptionalLong find(long after, Duration atMost, ByteString mark) {
    long upTo = tick();
    CompletableFuture<OptionalLong> found = new CompletableFuture<>();
    EtcdWatch.MarkListener search =
        new EtcdWatch.MarkListener() {
          @Override
          public boolean wantsPrevious() {
            return false;
          }

          @Override
          public void onMark(long revision, ByteString seen) {
            if (seen.equals(mark)) {
              found.complete(OptionalLong.of(revision));
            }
          }

          @Override
          public void onRevision(long revision, List<WatchEvent> events) {
            if (revision >= upTo) {
              found.complete(OptionalLong.empty());
            }
          }

          @Override
          public void onCompacted(long compactedRevision) {
            found.completeExceptionally(
                new StoreUnavailableException("the history was compacted meanwhile", null));
          }

          @Override
          public void onClosed(Throwable cause) {
            found.completeExceptionally(new StoreException("the store is closed", cause));
          }
        };
    try (Subscription _ = watch("", after, search)) {
      return found.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StoreException known
          ? known
          : new StoreException("the history can't be read", e.getCause());
    } catch (TimeoutException e) {
      throw new StoreUnavailableException("etcd did not tell the history in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while the history was read", e);
    }
  }

  @Override
  public void close() {
    connection.refuse();
    for (EtcdWatch watch : watches) {
      watch.wake();
    }
    connection.close();
  }
}
