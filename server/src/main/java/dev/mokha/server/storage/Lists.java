package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/** Lists objects: a list is a snapshot, and the pages of one list are pages of one snapshot. */
public final class Lists {
  /** So many snapshots are kept for the lists whose next page may be asked for. */
  private static final int KEPT_SNAPSHOTS = 64;

  private final ObjectCache cache;
  private final PageSnapshots snapshots = new PageSnapshots(KEPT_SNAPSHOTS);

  /** Lists of what the cache holds. */
  public Lists(ObjectCache cache) {
    this.cache = requireNonNull(cache, "cache");
  }

  /**
   * The part of a resource that a request's path, or a selector for one name, can reach.
   *
   * @param namespace empty for all
   * @param name empty for all
   */
  public record Scope(String namespace, String name) {
    /** Everything. */
    public static final Scope ALL = new Scope("", "");

    void scan(SortedChunks<StoredObject> objects, String from, Predicate<StoredObject> visitor) {
      if (!name.isEmpty()) {
        String key = namespace.isEmpty() ? name : namespace + "/" + name;
        if (key.compareTo(from) >= 0) {
          StoredObject one = objects.get(key);
          if (one != null) {
            boolean unused = visitor.test(one);
          }
          return;
        }
        return;
      }
      String low = namespace.isEmpty() ? "" : namespace + "/";
      String high = namespace.isEmpty() ? null : namespace + "0";
      objects.scan(from.compareTo(low) > 0 ? from : low, high, (k, v) -> visitor.test(v));
    }
  }

  /**
   * A page.
   *
   * @param revision of the snapshot it was taken from
   * @param items the objects, in the order of namespace and name
   * @param next the key of the last object when there are more; empty on the last page
   * @param remaining how many more there are; -1 when unknown
   */
  public record Page(long revision, List<StoredObject> items, String next, long remaining) {}

  /** How many objects there are. */
  public int size(StorageResource resource) {
    return cache.of(resource).state().objects().size();
  }

  /** One object, or null. */
  public StoredObject get(StorageResource resource, String namespace, String name) {
    return cache.of(resource).state().objects().get(resource.key(namespace, name));
  }

  /**
   * The first page.
   *
   * @param limit 0 for all
   * @param selection null for everything in the scope
   */
  public Page first(
      StorageResource resource, Scope scope, Predicate<StoredObject> selection, int limit) {
    return first(resource, scope, selection, "", limit);
  }

  private Page first(
      StorageResource resource,
      Scope scope,
      Predicate<StoredObject> selection,
      String from,
      int limit) {
    // The revision is read first: all changes up to it are then in the state.
    long revision = cache.revision();
    ResourceCache.State state = cache.of(resource).state();
    revision = Math.max(revision, state.lastChange());
    Page page = page(state.objects(), revision, scope, selection, from, limit);
    if (!page.next.isEmpty()) {
      snapshots.keep(resource, revision, state.objects());
    }
    return page;
  }

  /**
   * A later page of the list that began at a revision.
   *
   * @throws StatusException {@code Expired} when that snapshot can't be had any more
   */
  public Page next(
      StorageResource resource,
      Scope scope,
      Predicate<StoredObject> selection,
      ContinueToken token,
      int limit) {
    if (token.revision() == ContinueToken.NEWEST) {
      return first(resource, scope, selection, token.after() + "\0", limit);
    }
    if (token.revision() < cache.historyBegins()) {
      throw expired(token);
    }
    SortedChunks<StoredObject> objects = snapshots.find(resource, token.revision());
    if (objects == null) {
      objects = restore(resource, token);
    }
    // Keys hold no zero character, so this is the smallest key after the last one.
    return page(objects, token.revision(), scope, selection, token.after() + "\0", limit);
  }

  /** True when the next page can be had without blocking. */
  public boolean hasSnapshot(StorageResource resource, ContinueToken token) {
    return snapshots.find(resource, token.revision()) != null;
  }

  /** The state at an earlier revision: the state of now with everything since undone. */
  private SortedChunks<StoredObject> restore(StorageResource resource, ContinueToken token) {
    ResourceCache rc = cache.of(resource);
    ResourceCache.State state = rc.state();
    if (token.revision() >= state.lastChange()) {
      return state.objects();
    }
    Change place = rc.after(token.revision());
    if (place == null) {
      throw expired(token);
    }
    List<Change> since = new ArrayList<>();
    for (Change c = place; c != state.tail(); c = c.next) {
      since.add(c.next);
    }
    SortedChunks<StoredObject> objects = state.objects();
    for (Change c : since.reversed()) {
      objects =
          c.before == null
              ? objects.without(c.after.key())
              : objects.with(c.before.key(), c.before);
    }
    snapshots.keep(resource, token.revision(), objects);
    return objects;
  }

  /** The client may begin anew, or go on after the same key with what is there now. */
  private static StatusException expired(ContinueToken token) {
    if (token.after().isEmpty()) {
      return StatusException.expired("The resourceVersion for the provided list is too old.");
    }
    ObjectNode status =
        StatusException.expired(
                "The provided continue parameter is too old to display a consistent list result."
                    + " You can start a new list without the continue parameter, or use the"
                    + " continue token in this response to retrieve the remainder of the results."
                    + " Continuing with the provided token results in an inconsistent list -"
                    + " objects that were created, modified, or deleted between the time the first"
                    + " chunk was returned and now may show up in the list.")
            .toStatus();
    status
        .withObject("/metadata")
        .put("continue", new ContinueToken(ContinueToken.NEWEST, token.after()).encode());
    return StatusException.given(status);
  }

  private static Page page(
      SortedChunks<StoredObject> objects,
      long revision,
      Scope scope,
      Predicate<StoredObject> selection,
      String from,
      int limit) {
    List<StoredObject> items = new ArrayList<>(limit > 0 ? Math.min(limit, 1000) : 64);
    boolean[] more = {false};
    long[] left = {0};
    scope.scan(
        objects,
        from,
        o -> {
          if (selection != null && !selection.test(o)) {
            return true;
          }
          if (limit > 0 && items.size() == limit) {
            more[0] = true;
            left[0]++;
            // With a selector the rest is not counted, as upstream does not.
            return selection == null;
          }
          items.add(o);
          return true;
        });
    return new Page(
        revision,
        items,
        more[0] ? items.get(items.size() - 1).key() : "",
        selection == null ? left[0] : -1);
  }
}
