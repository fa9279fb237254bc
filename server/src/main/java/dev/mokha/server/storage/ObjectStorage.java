package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.store.CompareFailedException;
import dev.mokha.store.StoreUnavailableException;
import dev.mokha.store.Transaction;
import dev.mokha.store.Transaction.Compare;
import dev.mokha.store.Transaction.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes objects. A call returns when the write is durable and the {@link ObjectCache} shows it, so
 * that whoever wrote reads what he wrote.
 *
 * <pre>{@code
 * StoredObject a = storage.commit(new Create(pods, "default/web", tree));
 * StoredObject b = storage.update(pods, a, changedTree);   // WriteConflict when a is not the newest
 * storage.delete(pods, b);
 * }</pre>
 */
public final class ObjectStorage {
  private final ObjectCache cache;

  /** Writes to the store behind the cache. */
  public ObjectStorage(ObjectCache cache) {
    this.cache = requireNonNull(cache, "cache");
  }

  /** The objects as they are. */
  public ObjectCache cache() {
    return cache;
  }

  /** One change of one object. */
  public sealed interface Write {
    /** The resource. */
    StorageResource resource();

    /** {@code namespace/name}, or the name alone. */
    String key();
  }

  /** Makes an object that must not exist. */
  public record Create(StorageResource resource, String key, ObjectNode tree) implements Write {}

  /** Changes an object that must still be as it was. */
  public record Update(StorageResource resource, StoredObject before, ObjectNode tree)
      implements Write {
    @Override
    public String key() {
      return before.key();
    }
  }

  /** Removes an object that must still be as it was. */
  public record Delete(StorageResource resource, StoredObject before) implements Write {
    @Override
    public String key() {
      return before.key();
    }
  }

  /** Someone else changed an object since it was read; whoever can, reads and tries again. */
  public static final class WriteConflict extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String key;

    WriteConflict(String key) {
      super("changed by someone else: " + key, null, false, false);
      this.key = key;
    }

    /** The key in the store. */
    public String key() {
      return key;
    }
  }

  /** One change. */
  public StoredObject commit(Write write) {
    return commit(List.of(write)).get(0);
  }

  /** What a write would store, for a dry run, and for an object that is gone with its change. */
  public StoredObject pretend(StorageResource resource, String key, ObjectNode tree) {
    String revision = tree.path("metadata").path("resourceVersion").asString("");
    KubeObject object = Prepared.object(resource, tree);
    return revision.isEmpty()
        ? new StoredObject(key, object, 0)
        : new StoredObject(key, object.withResourceVersion(revision), Long.parseLong(revision));
  }

  /** Changes one object. Nothing is written when nothing would change. */
  public StoredObject update(StorageResource resource, StoredObject before, ObjectNode tree) {
    return commit(List.of(new Update(resource, before, tree))).get(0);
  }

  /** The change of an object that was read through {@link ObjectReader}. */
  public Update update(String group, String resource, KubeObject before, ObjectNode after) {
    StorageResource r = cache.resource(group, resource);
    String key = r.key(before.namespace(), before.name());
    return new Update(
        r, new StoredObject(key, before, Long.parseLong(before.resourceVersion())), after);
  }

  /** Writes one object as it is, so that it is stored as all are now. */
  void rewrite(StorageResource resource, StoredObject object) {
    Update same = new Update(resource, object, object.object().toTree());
    String key = resource.prefix() + object.key();
    Prepared prepared = Prepared.of(cache.values(), resource, key, same.tree());
    commit(
        List.of(same),
        List.of(prepared),
        new Transaction(
            List.of(new Compare(key, object.revision())),
            List.of(new Transaction.Put(key, prepared.value()))));
  }

  /** Removes one object and returns how it looked last, at the revision of its removal. */
  public StoredObject delete(StorageResource resource, StoredObject before) {
    return commit(List.of(new Delete(resource, before))).get(0);
  }

  /**
   * All of the changes, or none.
   *
   * @return the objects in the same order
   * @throws WriteConflict when one was changed meanwhile, or exists; the cache shows it by then
   */
  public List<StoredObject> commit(List<Write> writes) {
    List<Compare> compares = new ArrayList<>(writes.size());
    List<Operation> operations = new ArrayList<>(writes.size());
    List<Prepared> prepared = new ArrayList<>(writes.size());
    for (Write write : writes) {
      String key = write.resource().prefix() + write.key();
      Prepared p =
          switch (write) {
            case Create c -> Prepared.of(cache.values(), c.resource(), key, c.tree());
            case Update u -> Prepared.of(cache.values(), u.resource(), key, u.tree());
            case Delete _ -> null;
          };
      compares.add(
          new Compare(
              key,
              switch (write) {
                case Create _ -> 0;
                case Update u -> u.before().revision();
                case Delete d -> d.before().revision();
              }));
      prepared.add(p);
      operations.add(p == null ? new Transaction.Delete(key) : new Transaction.Put(key, p.value()));
    }
    if (writes.size() == 1 && writes.get(0) instanceof Update u && unchanged(u, prepared.get(0))) {
      return List.of(u.before());
    }
    return commit(writes, prepared, new Transaction(compares, operations));
  }

  private List<StoredObject> commit(
      List<Write> writes, List<Prepared> prepared, Transaction transaction) {
    for (int i = 0; i < writes.size(); i++) {
      if (prepared.get(i) != null) {
        cache.announce(transaction.operations().get(i).key(), prepared.get(i));
      }
    }
    long revision;
    boolean done = false;
    try {
      revision = cache.store().commit(transaction).revision();
      done = true;
    } catch (CompareFailedException e) {
      if (e.currentRevision() > 0) {
        cache.await(e.currentRevision());
      } else {
        awaitLatest();
      }
      throw new WriteConflict(e.key());
    } catch (StoreUnavailableException e) {
      throw ObjectCache.unavailable(e);
    } finally {
      if (!done) {
        for (int i = 0; i < writes.size(); i++) {
          if (prepared.get(i) != null) {
            cache.forget(transaction.operations().get(i).key(), prepared.get(i));
          }
        }
      }
    }
    cache.await(revision);
    List<StoredObject> results = new ArrayList<>(writes.size());
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      results.add(
          write instanceof Delete d
              ? d.before().at(revision)
              : written(write, prepared.get(i), revision));
    }
    return results;
  }

  /** What was compared with is gone: the cache must show that before anybody tries again. */
  private void awaitLatest() {
    cache.await(cache.store().revision());
  }

  /** What the cache made of the write, unless a later one has replaced it. */
  private StoredObject written(Write write, Prepared prepared, long revision) {
    cache.forget(write.resource().prefix() + write.key(), prepared);
    StoredObject cached = cache.of(write.resource()).state().objects().get(write.key());
    return cached != null && cached.revision() == revision
        ? cached
        : prepared.at(write.key(), revision);
  }

  private static boolean unchanged(Update u, Prepared p) {
    byte[] now = p.object().withResourceVersion(u.before().object().resourceVersion()).json();
    return Arrays.equals(now, u.before().object().json());
  }
}
