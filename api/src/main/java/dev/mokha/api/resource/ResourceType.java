package dev.mokha.api.resource;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One resource in one version as the server serves it; what discovery says of it.
 *
 * @param gvr its name
 * @param kind the kind of its objects
 * @param singular singular name, lower case
 * @param namespaced whether its objects live in a namespace
 * @param shortNames such as {@code po}
 * @param categories such as {@code all}
 * @param verbs such as {@code get}, {@code list}, in alphabetical order
 * @param subresources such as {@code status}, {@code scale}, {@code log}
 */
public record ResourceType(
    GroupVersionResource gvr,
    String kind,
    String singular,
    boolean namespaced,
    List<String> shortNames,
    List<String> categories,
    Set<String> verbs,
    List<Subresource> subresources) {

  /**
   * A part of a resource with a path of its own.
   *
   * @param name such as {@code scale}
   * @param kind what its path takes and gives, maybe of another group ({@code autoscaling/v1
   *     Scale})
   * @param verbs such as {@code get}, {@code patch}, {@code update}
   */
  public record Subresource(String name, GroupVersionKind kind, Set<String> verbs) {
    /** Sorts the verbs. */
    public Subresource {
      verbs = Collections.unmodifiableSet(new TreeSet<>(verbs));
    }
  }

  /** Copies the collections and sorts the verbs. */
  public ResourceType {
    shortNames = List.copyOf(shortNames);
    categories = List.copyOf(categories);
    verbs = Collections.unmodifiableSet(new TreeSet<>(verbs));
    subresources = List.copyOf(subresources);
  }

  /** The kind with its group and version. */
  public GroupVersionKind gvk() {
    return new GroupVersionKind(gvr.group(), gvr.version(), kind);
  }

  /** The subresource of that name, if served. */
  public Optional<Subresource> subresource(String name) {
    return subresources.stream().filter(s -> s.name().equals(name)).findFirst();
  }
}
