package dev.mokha.server.crd.validation;

import dev.mokha.api.error.StatusCause;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules for the objects of one version of a CustomResourceDefinition: their metadata, what the
 * schema demands of values, and the schema's CEL rules. Made once for each change of a definition
 * and used by many threads.
 *
 * <pre>{@code
 * CustomValidator validator = factory.create(schema);     // when the definition changes
 * List<StatusCause> causes = validator.validateCreate(object);
 * }</pre>
 */
public interface CustomValidator {
  /** What is wrong with a new object, as it is to be stored: pruned, defaulted, named. */
  List<StatusCause> validateCreate(ObjectNode created);

  /** What is wrong with a changed object, or with the change itself. */
  List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old);

  /** What is wrong with a change made through the subresource {@code status}. */
  default List<StatusCause> validateStatusUpdate(ObjectNode updated, ObjectNode old) {
    return validateUpdate(updated, old);
  }

  /** Makes the validator of a version. */
  @FunctionalInterface
  interface Factory {
    /** For the version that the definition names so. */
    CustomValidator create(Version version);
  }

  /**
   * The version whose objects are to be judged.
   *
   * @param kind of its objects, with group and version
   * @param namespaced whether they live in namespaces
   * @param openApi the version's {@code openAPIV3Schema}; shared, so read only
   * @param schema the same, as the model that pruning and defaulting use
   */
  record Version(
      dev.mokha.api.resource.GroupVersionKind kind,
      boolean namespaced,
      ObjectNode openApi,
      dev.mokha.api.schema.ObjectSchema schema) {}
}
