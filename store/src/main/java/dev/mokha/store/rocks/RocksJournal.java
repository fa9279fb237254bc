package dev.mokha.store.rocks;

import dev.mokha.store.Entry;
import dev.mokha.store.StoreException;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.journal.Journal;
import dev.mokha.store.journal.KeyOrder;
import dev.mokha.store.journal.Revision;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private final StoreDirectory directory;
  private final Database database;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private long compacted;

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
    TreeMap<String, Entry> entries = new TreeMap<>(KeyOrder.INSTANCE);
    try {
      byte[] base = database.db().get(database.meta(), COMPACTED);
      compacted = base == null ? 0 : RevisionCodec.number(base);
      try (RocksIterator i = database.db().newIterator(database.base())) {
        for (i.seekToFirst(); i.isValid(); i.next()) {
          Entry entry = RevisionCodec.decode(i.key(), i.value());
          entries.put(entry.key(), entry);
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
          apply(entries, RevisionCodec.decode(revision, i.value()));
        }
        i.status();
      }
      return new Recovered(revision, compacted, entries);
    } catch (RocksDBException e) {
      throw failed(directory, "can't be read", e);
    }
  }

  private static void apply(Map<String, Entry> entries, List<WatchEvent> events) {
    for (WatchEvent event : events) {
      if (event.isDelete()) {
        entries.remove(event.key());
      } else {
        entries.put(event.key(), entry(event));
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
  public List<Revision> read(long after, long upTo, int max) {
    List<Revision> found = new ArrayList<>();
    try (Slice end = new Slice(RevisionCodec.number(upTo + 1));
        ReadOptions options = new ReadOptions().setIterateUpperBound(end);
        RocksIterator i = database.db().newIterator(database.log(), options)) {
      i.seek(RevisionCodec.number(after + 1));
      for (; i.isValid() && found.size() < max; i.next()) {
        long revision = RevisionCodec.number(i.key());
        List<WatchEvent> events = new ArrayList<>();
        for (WatchEvent event : RevisionCodec.decode(revision, i.value())) {
          events.add(event.previousRevision() == 0 ? event : withPrevious(event));
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
    byte[] previous =
        previous(event)
            .orElseThrow(
                () ->
                    new StoreException(
                        "%s is damaged: revision %d of %s is missing; restore it from a backup"
                            .formatted(directory.path(), event.previousRevision(), event.key()),
                        null));
    return new WatchEvent(
        event.key(),
        event.value(),
        previous,
        event.revision(),
        event.previousRevision(),
        event.createRevision());
  }

  private Optional<byte[]> previous(WatchEvent event) throws RocksDBException {
    long revision = event.previousRevision();
    if (revision <= compacted) {
      byte[] key = RevisionCodec.key(event.key());
      byte[] found = database.db().get(database.base(), key);
      return Optional.ofNullable(found).map(bytes -> RevisionCodec.decode(key, bytes).value());
    }
    byte[] found = database.db().get(database.log(), RevisionCodec.number(revision));
    if (found == null) {
      return Optional.empty();
    }
    return RevisionCodec.decode(revision, found).stream()
        .filter(earlier -> earlier.key().equals(event.key()))
        .map(WatchEvent::value)
        .findFirst();
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
        for (WatchEvent event : RevisionCodec.decode(folded, value)) {
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
