package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.node.ObjectNode;

/**
 * Removes all objects of a definition that is deleted. As upstream does it, it asks no admission
 * plug-in: a webhook that was removed with the definition could hold it for ever.
 */
final class Purge {
  private final ObjectStorage storage;
  private final Lists lists;
  private final InstantSource clock;

  Purge(ObjectStorage storage, InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.lists = new Lists(storage.cache());
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Removes what can be removed, and marks what finalizers hold.
   *
   * @return how many objects are left
   */
  int run(StorageResource resource) {
    for (StoredObject o : lists.first(resource, Lists.Scope.ALL, null, 0).items()) {
      remove(resource, o);
    }
    return lists.size(resource);
  }

  private void remove(StorageResource resource, StoredObject object) {
    try {
      ObjectNode tree = object.object().toTree();
      if (tree.path("metadata").path("finalizers").isEmpty()) {
        storage.delete(resource, object);
      } else if (!object.object().isDeleting()) {
        ObjectNode meta = tree.withObject("/metadata");
        meta.put("deletionTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        meta.put("deletionGracePeriodSeconds", 0);
        meta.put("generation", meta.path("generation").asLong(0) + 1);
        storage.update(resource, object, tree);
      }
    } catch (WriteConflict e) {
      // Someone changed it meanwhile; the change wakes us, and the next round takes it again.
    }
  }
}
