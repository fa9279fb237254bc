package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.selector.SelectableFields;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;

/**
 * A resource in one served version, and where its objects are kept.
 *
 * @param type what is served
 * @param storage where its objects are; null for what is answered and not stored
 * @param conversion between the served and the stored version
 * @param custom what its definition says of this version; null for a built-in resource
 */
public record ServedResource(
    ResourceType type, StorageResource storage, VersionBridge conversion, CustomVersion custom) {
  /** Refuses nulls. */
  public ServedResource {
    requireNonNull(type, "type");
    requireNonNull(conversion, "conversion");
  }

  /** A built-in resource. */
  public ServedResource(ResourceType type, StorageResource storage, VersionBridge conversion) {
    this(type, storage, conversion, null);
  }

  /** Whether it comes of a CustomResourceDefinition. */
  public boolean isCustom() {
    return custom != null;
  }

  /**
   * The schema of its objects.
   *
   * @throws StatusException {@code InternalError} when there is none, as for what can't be written
   */
  public ObjectSchema schema() {
    return custom == null ? builtInSchema(type.gvk()) : custom.schema();
  }

  /**
   * The schema of what a path of the resource takes: of the object itself, or of a subresource's
   * own kind, such as {@code Scale}.
   */
  public ObjectSchema schema(GroupVersionKind kind) {
    return custom != null && kind.equals(type.gvk()) ? custom.schema() : builtInSchema(kind);
  }

  private static ObjectSchema builtInSchema(GroupVersionKind kind) {
    return BuiltinSchemas.get()
        .byKind(kind)
        .orElseThrow(() -> StatusException.internal("no schema of " + kind));
  }

  /** The kind of its lists. */
  public String listKind() {
    return custom == null ? type.kind() + "List" : custom.listKind();
  }

  /** The fields that selectors may name. */
  public SelectableFields selectable() {
    return custom == null ? SelectableFields.forKind(type.gvk()) : custom.selectable();
  }

  /** True when objects are stored in the version that is served here. */
  public boolean storedAsServed() {
    return storage != null && storage.stored().equals(type.gvk());
  }

  /** The stored object in the served version. */
  public KubeObject view(StoredObject stored) {
    if (custom != null) {
      return custom.reader().view(stored);
    }
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
