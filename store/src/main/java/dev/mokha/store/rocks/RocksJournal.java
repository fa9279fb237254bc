package dev.mokha.store.rocks;

import dev.mokha.store.Entry;
import dev.mokha.store.StoreException;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.journal.Journal;
import dev.mokha.store.journal.KeyOrder;
import dev.mokha.store.journal.Revision;
import dev.mokha.store.journal.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Revisions in RocksDB. A commit writes each value once, into the log; compaction folds the log's
 * beginning into the base. Previous values are looked up: in the log, or, for keys last changed
 * before the compacted revision, in the base.
 */
final class RocksJournal implements Journal {
  private static final byte[] COMPACTED = "compacted".getBytes(StandardCharsets.UTF_8);
  private static final long FOLD_BYTES = 2 << 20;
  private static final int FEW = 64;

  private final StoreDirectory directory;
  private final Database database;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private volatile long compacted;

  private RocksJournal(StoreDirectory directory, Database database) {
    this.directory = directory;
    this.database = database;
  }

  /** The directory belongs to the journal once this returns. */
  static RocksJournal open(StoreDirectory directory) {
    try {
      return new RocksJournal(directory, Database.open(directory.database()));
    } catch (RocksDBException e) {
      throw failed(directory, "can't be opened", e);
    }
  }

  /**
   * Fills an empty journal: the entries as they are given, and no history before the revision.
   *
   * @param revision not below any of the entries'
   */
  void fill(long revision, Iterable<Entry> entries) {
    try {
      try (RocksIterator i = database.db().newIterator(database.base())) {
        i.seekToFirst();
        if (i.isValid() || database.db().get(database.meta(), COMPACTED) != null) {
          throw new StoreException(
              "the store in %s is not empty; restore into an empty directory"
                  .formatted(directory.path()),
              null);
        }
      }
      WriteBatch batch = new WriteBatch();
      try {
        for (Entry entry : entries) {
          batch.put(database.base(), RevisionCodec.key(entry.key()), RevisionCodec.encode(entry));
          if (batch.getDataSize() >= FOLD_BYTES) {
            database.db().write(synced, batch);
            batch.clear();
          }
        }
        batch.put(database.meta(), COMPACTED, RevisionCodec.number(revision));
        database.db().write(synced, batch);
      } finally {
        batch.close();
      }
    } catch (RocksDBException e) {
      throw failed(directory, "can't be filled", e);
    }
  }

  @Override
  public Recovered recover() {
    TreeMap<String, Version> keys = new TreeMap<>(KeyOrder.INSTANCE);
    try {
      byte[] base = database.db().get(database.meta(), COMPACTED);
      compacted = base == null ? 0 : RevisionCodec.number(base);
      try (RocksIterator i = database.db().newIterator(database.base())) {
        for (i.seekToFirst(); i.isValid(); i.next()) {
          keys.put(RevisionCodec.key(i.key()), RevisionCodec.version(i.value()));
        }
        i.status();
      }
      long revision = compacted;
      try (RocksIterator i = database.db().newIterator(database.log())) {
        for (i.seek(RevisionCodec.number(compacted + 1)); i.isValid(); i.next()) {
          long next = RevisionCodec.number(i.key());
          if (next != revision + 1) {
            throw new StoreException(
                "%s is damaged: revision %d follows %d; restore it from a backup"
                    .formatted(directory.path(), next, revision),
                null);
          }
          revision = next;
          apply(keys, RevisionCodec.decode(revision, i.value(), false));
        }
        i.status();
      }
      return new Recovered(revision, compacted, keys);
    } catch (RocksDBException e) {
      throw failed(directory, "can't be read", e);
    }
  }

  private static void apply(Map<String, Version> keys, List<WatchEvent> events) {
    for (WatchEvent event : events) {
      if (event.isDelete()) {
        keys.remove(event.key());
      } else {
        keys.put(event.key(), new Version(event.createRevision(), event.revision()));
      }
    }
  }

  private static Entry entry(WatchEvent event) {
    return new Entry(event.key(), event.value(), event.createRevision(), event.revision());
  }

  @Override
  public void append(List<Revision> revisions) {
    try (WriteBatch batch = new WriteBatch()) {
      for (Revision revision : revisions) {
        batch.put(
            database.log(),
            RevisionCodec.number(revision.revision()),
            RevisionCodec.encode(revision));
      }
      database.db().write(synced, batch);
    } catch (RocksDBException e) {
      throw failed(directory, "can't be written", e);
    }
  }

  @Override
  public List<Revision> read(long after, long upTo, int max, boolean previous) {
    List<Revision> found = new ArrayList<>();
    try (Slice end = new Slice(RevisionCodec.number(upTo + 1));
        ReadOptions options = new ReadOptions().setIterateUpperBound(end);
        RocksIterator i = database.db().newIterator(database.log(), options)) {
      i.seek(RevisionCodec.number(after + 1));
      for (; i.isValid() && found.size() < max; i.next()) {
        long revision = RevisionCodec.number(i.key());
        List<WatchEvent> events = new ArrayList<>();
        for (WatchEvent event : RevisionCodec.decode(revision, i.value(), true)) {
          boolean had = event.previousRevision() > 0;
          events.add(previous && had ? withPrevious(event) : event);
        }
        found.add(new Revision(revision, events));
      }
      i.status();
      return found;
    } catch (RocksDBException e) {
      throw failed(directory, "can't be read", e);
    }
  }

  private WatchEvent withPrevious(WatchEvent event) throws RocksDBException {
    return event.withPrevious(value(event.key(), event.previousRevision()));
  }

  /** A few are looked up; many are read as they lie, for which the order of keys is right. */
  @Override
  public List<byte[]> values(List<Located> wanted) {
    try {
      byte[][] values = new byte[wanted.size()][];
      Map<Long, List<Integer>> logged = new TreeMap<>();
      List<Integer> folded = new ArrayList<>();
      for (int i = 0; i < values.length; i++) {
        long revision = wanted.get(i).version().modified();
        if (revision <= compacted) {
          folded.add(i);
        } else {
          logged.computeIfAbsent(revision, r -> new ArrayList<>(1)).add(i);
        }
      }
      if (folded.size() + logged.size() <= FEW) {
        for (int i = 0; i < values.length; i++) {
          values[i] = value(wanted.get(i).key(), wanted.get(i).version().modified());
        }
      } else {
        readBase(wanted, folded, values);
        readLog(wanted, logged, values);
      }
      for (int i = 0; i < values.length; i++) {
        if (values[i] == null) {
          throw missing(wanted.get(i).key(), wanted.get(i).version().modified());
        }
      }
      return Arrays.asList(values);
    } catch (RocksDBException e) {
      throw failed(directory, "can't be read", e);
    }
  }

  private void readBase(List<Located> wanted, List<Integer> folded, byte[][] values)
      throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setFillCache(false);
        RocksIterator i = database.db().newIterator(database.base(), options)) {
      for (int at : folded) {
        byte[] key = RevisionCodec.key(wanted.get(at).key());
        // The next key is the wanted one, unless others of the base were replaced since.
        if (!i.isValid() || !Arrays.equals(i.key(), key)) {
          i.seek(key);
        }
        if (i.isValid() && Arrays.equals(i.key(), key)) {
          values[at] = RevisionCodec.value(i.value());
          i.next();
        }
      }
      i.status();
    }
  }

  private void readLog(List<Located> wanted, Map<Long, List<Integer>> logged, byte[][] values)
      throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setFillCache(false);
        RocksIterator i = database.db().newIterator(database.log(), options)) {
      for (Map.Entry<Long, List<Integer>> each : logged.entrySet()) {
        byte[] number = RevisionCodec.number(each.getKey());
        if (!i.isValid() || !Arrays.equals(i.key(), number)) {
          i.seek(number);
        }
        if (!i.isValid() || !Arrays.equals(i.key(), number)) {
          continue;
        }
        List<WatchEvent> events = RevisionCodec.decode(each.getKey(), i.value(), true);
        for (int at : each.getValue()) {
          values[at] = valueOf(wanted.get(at).key(), events);
        }
        i.next();
      }
      i.status();
    }
  }

  private static byte[] valueOf(String key, List<WatchEvent> events) {
    for (WatchEvent event : events) {
      if (event.key().equals(key)) {
        return event.value();
      }
    }
    return null;
  }

  private byte[] value(String key, long revision) throws RocksDBException {
    byte[] value;
    if (revision <= compacted) {
      byte[] found = database.db().get(database.base(), RevisionCodec.key(key));
      value = found == null ? null : RevisionCodec.value(found);
    } else {
      byte[] found = database.db().get(database.log(), RevisionCodec.number(revision));
      value = found == null ? null : valueOf(key, RevisionCodec.decode(revision, found, true));
    }
    if (value == null) {
      throw missing(key, revision);
    }
    return value;
  }

  private StoreException missing(String key, long revision) {
    return new StoreException(
        "%s is damaged: revision %d of %s is missing; restore it from a backup"
            .formatted(directory.path(), revision, key),
        null);
  }

  /** Folds in steps, each atomic, so that memory stays small however long the history is. */
  @Override
  public void compact(long revision) {
    try {
      while (compacted < revision) {
        compacted = fold(revision);
      }
    } catch (RocksDBException e) {
      throw failed(directory, "can't be compacted", e);
    }
  }

  private long fold(long upTo) throws RocksDBException {
    Map<String, WatchEvent> last = new HashMap<>();
    long bytes = 0;
    long folded = compacted;
    try (RocksIterator i = database.db().newIterator(database.log())) {
      i.seek(RevisionCodec.number(compacted + 1));
      for (; i.isValid() && folded < upTo && bytes < FOLD_BYTES; i.next()) {
        folded = RevisionCodec.number(i.key());
        byte[] value = i.value();
        bytes += value.length;
        for (WatchEvent event : RevisionCodec.decode(folded, value, true)) {
          last.put(event.key(), event);
        }
      }
      i.status();
    }
    ColumnFamilyHandle base = database.base();
    try (WriteBatch batch = new WriteBatch()) {
      for (WatchEvent event : last.values()) {
        byte[] key = RevisionCodec.key(event.key());
        if (event.isDelete()) {
          batch.delete(base, key);
        } else {
          batch.put(base, key, RevisionCodec.encode(entry(event)));
        }
      }
      batch.deleteRange(database.log(), RevisionCodec.number(0), RevisionCodec.number(folded + 1));
      batch.put(database.meta(), COMPACTED, RevisionCodec.number(folded));
      database.db().write(synced, batch);
    }
    return folded;
  }

  @Override
  public void close() {
    synced.close();
    database.close();
    directory.close();
  }

  private static StoreException failed(StoreDirectory directory, String what, RocksDBException e) {
    Status status = e.getStatus();
    boolean full =
        (status != null && status.getSubCode() == Status.SubCode.NoSpace)
            || String.valueOf(e.getMessage()).contains("No space left");
    return new StoreException(
        full
            ? "the disk of %s is full; free some space and start mokha again"
                .formatted(directory.path())
            : "the store in %s %s: %s; check the disk, then start mokha again"
                .formatted(directory.path(), what, e.getMessage()),
        e);
  }
}
