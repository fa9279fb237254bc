package dev.mokha.store.memory;

import dev.mokha.store.journal.Journal;
import dev.mokha.store.journal.KeyOrder;
import dev.mokha.store.journal.Revision;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Keeps revisions as they are. The base needs no place: only {@link #recover} would ask for it. */
final class MemoryJournal implements Journal {
  private final ConcurrentSkipListMap<Long, Revision> revisions = new ConcurrentSkipListMap<>();

  @Override
  public Recovered recover() {
    return new Recovered(0, 0, new TreeMap<>(KeyOrder.INSTANCE));
  }

  @Override
  public void append(List<Revision> appended) {
    for (Revision revision : appended) {
      revisions.put(revision.revision(), revision);
    }
  }

  @Override
  public List<Revision> read(long after, long upTo, int max) {
    return revisions.subMap(after, false, upTo, true).values().stream().limit(max).toList();
  }

  @Override
  public void compact(long revision) {
    revisions.headMap(revision, true).clear();
  }

  @Override
  public void close() {
    revisions.clear();
  }
}
