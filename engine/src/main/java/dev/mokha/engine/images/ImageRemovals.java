package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.ImageUse.User;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Takes names and images off the record, by Docker's rules and in its words. What is then in no
 * image any more is for the caller to collect.
 */
final class ImageRemovals {
  private final ImageDatabase database;
  private final Supplier<ImageUse> use;

  ImageRemovals(ImageDatabase database, Supplier<ImageUse> use) {
    this.database = database;
    this.use = use;
  }

  /** See {@link Images#delete}. */
  List<Removal> delete(String reference, boolean force, boolean prune) throws IOException {
    List<Removal> removals = new ArrayList<>();
    database.update(
        old -> {
          removals.clear();
          Draft draft = new Draft(old, removals);
          delete(draft, reference, force, prune);
          return draft.state();
        });
    return removals;
  }

  private void delete(Draft draft, String reference, boolean force, boolean prune) {
    String id =
        ImageQueries.findId(draft.before, reference).orElseThrow(() -> Failures.missing(reference));
    List<User> users = use.get().users();
    List<String> names = draft.names(id);
    Optional<String> name = ImageQueries.exactName(draft.before, reference);
    boolean untagged = false;
    if (name.isPresent()) {
      if (!force && isSingle(names)) {
        users.stream()
            .filter(user -> user.imageId().equals(id))
            .findFirst()
            .ifPresent(user -> refuseName(reference, id, user));
      }
      draft.untag(name.get());
      if (name.get().indexOf('@') < 0) {
        String repository = repository(name.get());
        List<String> rest = draft.names(id);
        if (rest.stream().noneMatch(r -> r.indexOf('@') < 0 && repository(r).equals(repository))) {
          rest.stream().filter(r -> repository(r).equals(repository)).forEach(draft::untag);
        }
      }
      if (!draft.names(id).isEmpty()) {
        return;
      }
      untagged = true;
    } else if (isSingle(names)) {
      conflict(draft, id, users, force, false).ifPresent(Conflict::raise);
      names.forEach(draft::untag);
    }
    Optional<Conflict> conflict = conflict(draft, id, users, force, true);
    if (conflict.isPresent()) {
      if (untagged && (conflict.get().used() || !draft.names(id).isEmpty())) {
        return; // its name is gone, and it stays for who needs it
      }
      conflict.get().raise();
    }
    draft.remove(id);
    for (String parent = draft.parentOf(id);
        prune && !parent.isEmpty() && draft.images.containsKey(parent);
        parent = draft.parentOf(parent)) {
      if (!draft.names(parent).isEmpty()
          || conflict(draft, parent, users, false, true).isPresent()) {
        return;
      }
      draft.remove(parent);
    }
  }

  /** See {@link Images#prune(PruneFilter)}. */
  List<Removal> prune(PruneFilter filter) throws IOException {
    List<Removal> removals = new ArrayList<>();
    database.update(
        old -> {
          removals.clear();
          Draft draft = new Draft(old, removals);
          Set<String> used = use.get().imageIds();
          Predicate<String> wanted =
              id ->
                  !used.contains(id)
                      && (!filter.danglingOnly() || draft.names(id).isEmpty())
                      && fits(old.images().get(id), filter);
          List<String> doomed = List.of();
          do {
            doomed.forEach(
                id -> {
                  draft.names(id).forEach(draft::untag);
                  draft.remove(id);
                });
            // Those on which others were built go when the others are gone.
            doomed =
                List.copyOf(draft.images.keySet()).stream()
                    .filter(wanted)
                    .filter(id -> draft.children(id).isEmpty())
                    .toList();
          } while (!doomed.isEmpty());
          return draft.state();
        });
    return removals;
  }

  private boolean fits(StoredImage image, PruneFilter filter) {
    Map<String, String> labels = image.config().labels();
    return filter.until().map(until -> image.created().isBefore(until)).orElse(true)
        && filter.labels().entrySet().stream().allMatch(label -> has(labels, label))
        && filter.withoutLabels().entrySet().stream().noneMatch(label -> has(labels, label));
  }

  private static boolean has(Map<String, String> labels, Map.Entry<String, String> wanted) {
    String value = labels.get(wanted.getKey());
    return value != null && (wanted.getValue().isEmpty() || wanted.getValue().equals(value));
  }

  /** See {@link Images#remove}. */
  List<Removal> release(String reference) throws IOException {
    List<Removal> removals = new ArrayList<>();
    database.update(
        old -> {
          removals.clear();
          Draft draft = new Draft(old, removals);
          String id =
              ImageQueries.findId(old, reference).orElseThrow(() -> Failures.missing(reference));
          Optional<String> named = ImageQueries.nameOf(old, reference);
          if (named.isPresent()) {
            draft.untag(named.get());
          } else {
            draft.names(id).stream().filter(name -> name.indexOf('@') < 0).forEach(draft::untag);
          }
          if (draft.names(id).stream().allMatch(name -> name.indexOf('@') >= 0)) {
            draft.names(id).forEach(draft::untag);
            if (!use.get().imageIds().contains(id) && draft.children(id).isEmpty()) {
              draft.remove(id);
            }
          }
          return draft.state();
        });
    return removals;
  }

  // --- Docker's rules ---

  private static void refuseName(String reference, String id, User user) {
    throw new EngineException(
        EngineException.Code.CONFLICT,
        "conflict: unable to remove repository reference \""
            + reference
            + "\" (must force) - container "
            + brief(user.containerId())
            + " is using its referenced image "
            + brief(id));
  }

  private record Conflict(String id, boolean hard, boolean used, String why) {
    void raise() {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "conflict: unable to delete "
              + brief(id)
              + (hard ? " (cannot be forced) - " : " (must be forced) - ")
              + why);
    }
  }

  /**
   * What speaks against removing an image.
   *
   * @param named whether its having names does
   */
  private static Optional<Conflict> conflict(
      Draft draft, String id, List<User> users, boolean force, boolean named) {
    if (!draft.children(id).isEmpty()) {
      return Optional.of(new Conflict(id, true, false, "image has dependent child images"));
    }
    for (User user : users) {
      if (user.imageId().equals(id) && user.running()) {
        return Optional.of(
            new Conflict(
                id,
                true,
                true,
                "image is being used by running container " + brief(user.containerId())));
      }
    }
    if (force) {
      return Optional.empty();
    }
    if (named && !draft.names(id).isEmpty()) {
      return Optional.of(
          new Conflict(id, false, false, "image is referenced in multiple repositories"));
    }
    for (User user : users) {
      if (user.imageId().equals(id)) {
        return Optional.of(
            new Conflict(
                id,
                false,
                true,
                "image is being used by stopped container " + brief(user.containerId())));
      }
    }
    return Optional.empty();
  }

  /** Whether names are at most one tag, with digests of the same repository alone beside it. */
  private static boolean isSingle(List<String> names) {
    long tags = names.stream().filter(name -> name.indexOf('@') < 0).count();
    return names.size() <= 1
        || tags <= 1 && names.stream().map(ImageRemovals::repository).distinct().count() == 1;
  }

  private static String repository(String name) {
    return Reference.parse(name).name();
  }

  /** An id as Docker shortens it. */
  static String brief(String id) {
    String hex = id.startsWith("sha256:") ? id.substring(7) : id;
    return hex.substring(0, Math.min(12, hex.length()));
  }

  /** A state that is being changed. */
  private static final class Draft {
    final ImageDatabase.State before;
    final Map<String, StoredImage> images;
    final Map<String, String> references;
    final Map<String, String> digests;
    private final List<Removal> removals;

    Draft(ImageDatabase.State before, List<Removal> removals) {
      this.before = before;
      this.images = new TreeMap<>(before.images());
      this.references = new TreeMap<>(before.references());
      this.digests = new TreeMap<>(before.digests());
      this.removals = removals;
    }

    ImageDatabase.State state() {
      return before.with(images, references, digests);
    }

    /** Tags first. */
    List<String> names(String id) {
      List<String> names = new ArrayList<>(ImageQueries.keysOf(references, id));
      names.addAll(ImageQueries.keysOf(digests, id));
      return names;
    }

    void untag(String name) {
      String tag = references.remove(name);
      String digest = digests.remove(name);
      removals.add(new Removal.Untagged(name, tag == null ? digest : tag));
    }

    String parentOf(String id) {
      StoredImage image = before.images().get(id);
      return image == null ? "" : image.parent();
    }

    List<String> children(String id) {
      return images.values().stream()
          .filter(image -> image.parent().equals(id))
          .map(StoredImage::id)
          .toList();
    }

    void remove(String id) {
      names(id).forEach(this::untag);
      StoredImage gone = images.remove(id);
      removals.add(new Removal.Deleted(id, true));
      Set<String> kept = new HashSet<>();
      images.values().forEach(image -> kept.addAll(Snapshots.chainIds(image.diffIds())));
      for (String chainId : Snapshots.chainIds(gone.diffIds()).reversed()) {
        if (kept.contains(chainId)) {
          break;
        }
        removals.add(new Removal.Deleted(chainId, false));
      }
    }
  }
}
