package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.server.admission.matching.ServedKinds;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What admission needs to know of the catalog. */
public final class CatalogKinds implements ServedKinds {
  private final Catalog catalog;

  /** Of that catalog. */
  public CatalogKinds(Catalog catalog) {
    this.catalog = requireNonNull(catalog, "catalog");
  }

  @Override
  public long number() {
    return catalog.number();
  }

  @Override
  public List<ResourceType> all() {
    return catalog.all().stream().map(ServedResource::type).toList();
  }

  @Override
  public Optional<ResourceType> find(GroupVersionKind kind) {
    return Optional.ofNullable(catalog.find(kind)).map(ServedResource::type);
  }

  private Optional<ServedResource> served(ResourceType type) {
    return Optional.ofNullable(
        catalog.find(type.gvr().group(), type.gvr().version(), type.gvr().resource()));
  }

  @Override
  public List<ResourceType> equivalents(ResourceType type) {
    ServedResource self = served(type).orElse(null);
    if (self == null || self.storage() == null) {
      return List.of();
    }
    return catalog.all().stream()
        .filter(r -> r.storage() != null && r.storage().prefix().equals(self.storage().prefix()))
        .map(ServedResource::type)
        .filter(t -> !t.gvr().equals(type.gvr()))
        .toList();
  }

  @Override
  public StoredAs storedAs(ResourceType type) {
    return served(type)
        .filter(r -> r.storage() != null)
        .map(r -> new StoredAs(r.storage().group(), r.storage().resource()))
        .orElse(new StoredAs(type.gvr().group(), type.gvr().resource()));
  }

  @Override
  public ObjectNode convert(ResourceType type, ObjectNode object, GroupVersionKind to) {
    return served(type).map(r -> r.conversion().convert(object, to)).orElse(object);
  }

  @Override
  public void complete(ResourceType type, GroupVersionKind kind, ObjectNode object) {
    ObjectSchema schema = schema(type, kind).orElse(null);
    if (schema != null) {
      ObjectDecoder.tree(object, kind, schema);
      Defaulting.apply(object, schema);
    }
  }

  @Override
  public Optional<ObjectSchema> schema(ResourceType type, GroupVersionKind kind) {
    if (type.gvk().equals(kind)) {
      Optional<ServedResource> custom = served(type).filter(ServedResource::isCustom);
      if (custom.isPresent()) {
        return Optional.of(custom.get().schema());
      }
    }
    return BuiltinSchemas.get().byKind(kind);
  }
}
