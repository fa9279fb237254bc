package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.store.Entry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes anew what is stored otherwise than it would be now: in the clear though it is to be
 * encrypted, with an old key, or encrypted though it need not be. Each object is written as any
 * writer would, so clients see a change that changes nothing; what somebody else writes meanwhile
 * is left alone.
 */
public final class Reencryption {
  private static final Logger log = LoggerFactory.getLogger(Reencryption.class);

  private final ObjectStorage storage;

  /** Works on that storage. */
  public Reencryption(ObjectStorage storage) {
    this.storage = requireNonNull(storage, "storage");
  }

  /** The resources that are to be encrypted; returns how many objects were written. */
  public int encrypted() {
    return run(false);
  }

  /** All resources; returns how many objects were written. */
  public int everything() {
    return run(true);
  }

  private int run(boolean all) {
    int written = 0;
    for (StorageResource resource : storage.cache().resources()) {
      if (all || storage.cache().values().encrypts(resource)) {
        written += run(resource);
      }
    }
    if (written > 0) {
      log.info("{} stored objects were written anew with the first encryption key", written);
    }
    return written;
  }

  private int run(StorageResource resource) {
    int written = 0;
    for (Entry entry : storage.cache().store().list(resource.prefix()).entries()) {
      if (Thread.currentThread().isInterrupted()) {
        return written;
      }
      if (!storage.cache().values().isStale(resource, entry.key(), entry.value())) {
        continue;
      }
      String key = entry.key().substring(resource.prefix().length());
      StoredObject object = storage.cache().find(resource, key);
      if (object == null || object.revision() != entry.modRevision()) {
        continue;
      }
      try {
        storage.rewrite(resource, object);
        written++;
      } catch (WriteConflict e) {
        log.debug("{} was written by somebody else meanwhile", e.key());
      }
    }
    return written;
  }
}
