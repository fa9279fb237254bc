package dev.mokha.store.memory;

import dev.mokha.store.WatchEvent;
import dev.mokha.store.journal.Journal;
import dev.mokha.store.journal.KeyOrder;
import dev.mokha.store.journal.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Keeps revisions as they are, and the values that keys had at the compacted revision. */
final class MemoryJournal implements Journal {
  private final ConcurrentSkipListMap<Long, Revision> revisions = new ConcurrentSkipListMap<>();
  private final Map<String, byte[]> base = new ConcurrentHashMap<>();

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
  public List<Revision> read(long after, long upTo, int max, boolean previous) {
    List<Revision> found =
        revisions.subMap(after, false, upTo, true).values().stream().limit(max).toList();
    return previous ? found.stream().map(this::withPrevious).toList() : found;
  }

  private Revision withPrevious(Revision revision) {
    List<WatchEvent> events = new ArrayList<>(revision.events().size());
    for (WatchEvent e : revision.events()) {
      byte[] before = e.previousRevision() == 0 ? null : value(e.key(), e.previousRevision());
      events.add(e.withPrevious(before));
    }
    return new Revision(revision.revision(), events);
  }

  @Override
  public List<byte[]> values(List<Located> wanted) {
    return wanted.stream().map(l -> value(l.key(), l.version().modified())).toList();
  }

  private byte[] value(String key, long modified) {
    Revision revision = revisions.get(modified);
    if (revision == null) {
      return base.get(key);
    }
    return revision.events().stream()
        .filter(e -> e.key().equals(key))
        .findFirst()
        .map(WatchEvent::value)
        .orElseThrow();
  }

  @Override
  public void compact(long revision) {
    Map<Long, Revision> folded = revisions.headMap(revision, true);
    for (Revision each : folded.values()) {
      for (WatchEvent event : each.events()) {
        if (event.isDelete()) {
          base.remove(event.key());
        } else {
          base.put(event.key(), event.value());
        }
      }
    }
    folded.clear();
  }

  @Override
  public void close() {
    revisions.clear();
    base.clear();
  }
}
