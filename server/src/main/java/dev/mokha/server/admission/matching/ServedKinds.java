package dev.mokha.server.admission.matching;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.ObjectSchema;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What the server serves right now, built-in and custom, as admission needs to know it. */
public interface ServedKinds {
  /** Changes with every change of what is served. */
  long number();

  /** Everything. */
  List<ResourceType> all();

  /** The resource whose objects are of that kind. */
  Optional<ResourceType> find(GroupVersionKind kind);

  /** The same objects in other versions, or through another group; without the type itself. */
  List<ResourceType> equivalents(ResourceType type);

  /** Where the objects of a resource are kept: group and plural for an {@code ObjectReader}. */
  StoredAs storedAs(ResourceType type);

  /** Group and plural. */
  record StoredAs(String group, String resource) {}

  /**
   * The object in another version of its resource.
   *
   * @param object may be changed
   * @throws dev.mokha.api.error.StatusException when it can't be converted
   */
  ObjectNode convert(ResourceType type, ObjectNode object, GroupVersionKind to);

  /**
   * Drops what the kind does not know, and fills in what the object does not say.
   *
   * @param kind the type's own, or that of one of its subresources
   * @throws dev.mokha.api.error.StatusException when a value is of the wrong type
   */
  void complete(ResourceType type, GroupVersionKind kind, ObjectNode object);

  /** The schema of such objects. */
  Optional<ObjectSchema> schema(ResourceType type, GroupVersionKind kind);
}
