package dev.mokha.store.journal;

import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.pcollections.TreePMap;

/**
 * What readers see: every key at one revision. Immutable.
 *
 * @param revision the revision
 * @param entries by key, in {@link KeyOrder}
 */
record VisibleState(long revision, TreePMap<String, Entry> entries) {
  Snapshot list(String prefix) {
    TreePMap<String, Entry> from = prefix.isEmpty() ? entries : entries.tailMap(prefix, true);
    List<Entry> found = new ArrayList<>();
    for (Entry entry : from.values()) {
      if (!entry.key().startsWith(prefix)) {
        break;
      }
      found.add(entry);
    }
    return new Snapshot(revision, found);
  }
}
