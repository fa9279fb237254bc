package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;

/**
 * A resource in one served version, and where its objects are kept.
 *
 * @param type what is served
 * @param storage where its objects are; null for what is answered and not stored
 * @param conversion between the served and the stored version
 */
public record ServedResource(ResourceType type, StorageResource storage, VersionBridge conversion) {
  /** Refuses nulls. */
  public ServedResource {
    requireNonNull(type, "type");
    requireNonNull(conversion, "conversion");
  }

  /** True when objects are stored in the version that is served here. */
  public boolean storedAsServed() {
    return storage != null && storage.stored().equals(type.gvk());
  }

  /** The stored object in the served version. */
  public KubeObject view(StoredObject stored) {
    if (storedAsServed()) {
      return stored.object();
    }
    GroupVersionKind kind = type.gvk();
    return stored.form(kind, o -> KubeObject.of(conversion.convert(o.toTree(), kind)));
  }

  /** API group, empty for the core group. */
  public String group() {
    return type.gvr().group();
  }

  /** Plural. */
  public String resource() {
    return type.gvr().resource();
  }
}
