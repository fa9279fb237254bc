package dev.mokha.server.storage;

import java.util.LinkedHashMap;
import java.util.Map;

/** The snapshots that lists of several pages were begun on, the least recently used dropped. */
final class PageSnapshots {
  private record Id(String prefix, long revision) {}

  private final Map<Id, SortedChunks<StoredObject>> kept;

  PageSnapshots(int most) {
    kept =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Id, SortedChunks<StoredObject>> eldest) {
            return size() > most;
          }
        };
  }

  synchronized void keep(
      StorageResource resource, long revision, SortedChunks<StoredObject> objects) {
    kept.put(new Id(resource.prefix(), revision), objects);
  }

  synchronized SortedChunks<StoredObject> find(StorageResource resource, long revision) {
    return kept.get(new Id(resource.prefix(), revision));
  }
}
