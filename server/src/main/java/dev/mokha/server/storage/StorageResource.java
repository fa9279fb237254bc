package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionKind;

/**
 * One kind of thing as it is kept, whatever versions it is served in.
 *
 * @param group API group, empty for the core group
 * @param resource plural
 * @param namespaced whether its objects live in a namespace
 * @param stored the kind in the version it is stored in
 */
public record StorageResource(
    String group, String resource, boolean namespaced, GroupVersionKind stored) {
  /** Where all objects are kept. */
  public static final String ROOT = "/registry/";

  /** Refuses nulls. */
  public StorageResource {
    requireNonNull(group, "group");
    requireNonNull(resource, "resource");
    requireNonNull(stored, "stored");
  }

  /** What the store keys of all its objects begin with. */
  public String prefix() {
    return ROOT + (group.isEmpty() ? "core" : group) + "/" + resource + "/";
  }

  /** The object's key within the resource: {@code namespace/name}, or the name alone. */
  public String key(String namespace, String name) {
    return namespaced ? namespace + "/" + name : name;
  }
}
