package dev.mokha.controllers.garbage;

import dev.mokha.api.resource.ResourceType;
import dev.mokha.controllers.garbage.Owned.Owner;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All objects by uid, and for each uid the objects that name it as an owner. Thread-safe. */
final class ObjectGraph {
  private final Map<String, Owned> objects = new HashMap<>();
  private final Map<String, Set<String>> dependents = new HashMap<>();

  /** Puts an object; the one before, if any. */
  synchronized Optional<Owned> put(Owned object) {
    Owned before = objects.put(object.uid(), object);
    if (before != null) {
      unlink(before);
    }
    for (Owner owner : object.owners()) {
      dependents.computeIfAbsent(owner.uid(), u -> new HashSet<>()).add(object.uid());
    }
    return Optional.ofNullable(before);
  }

  /** Removes an object; the one before, if any. */
  synchronized Optional<Owned> remove(String uid) {
    Owned before = objects.remove(uid);
    if (before != null) {
      unlink(before);
    }
    return Optional.ofNullable(before);
  }

  private void unlink(Owned object) {
    for (Owner owner : object.owners()) {
      dependents.computeIfPresent(
          owner.uid(),
          (u, set) -> {
            set.remove(object.uid());
            return set.isEmpty() ? null : set;
          });
    }
  }

  synchronized Optional<Owned> find(String uid) {
    return Optional.ofNullable(objects.get(uid));
  }

  /** The objects that name it as an owner. */
  synchronized List<Owned> dependentsOf(String uid) {
    return dependents.getOrDefault(uid, Set.of()).stream()
        .map(objects::get)
        .filter(o -> o != null)
        .toList();
  }

  /** The uids of all objects of a resource, in whatever version. */
  synchronized Set<String> uidsOf(ResourceType type) {
    Set<String> uids = new HashSet<>();
    objects.forEach(
        (uid, o) -> {
          if (o.type().gvr().resource().equals(type.gvr().resource())
              && o.type().gvr().group().equals(type.gvr().group())) {
            uids.add(uid);
          }
        });
    return uids;
  }
}
