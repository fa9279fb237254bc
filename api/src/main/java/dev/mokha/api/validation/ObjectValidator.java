package dev.mokha.api.validation;

import dev.mokha.api.error.StatusCause;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules for the objects of one kind. Every method only reads the trees and returns all causes
 * in the order of the fields, an empty list when nothing is wrong.
 */
public interface ObjectValidator {
  /** What is wrong with a new object, as it is to be stored: defaulted, named, in its namespace. */
  List<StatusCause> validateCreate(ObjectNode created);

  /** What is wrong with a changed object, or with the change itself. */
  List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old);

  /**
   * What is wrong with a change made through a subresource.
   *
   * @param subresource such as {@code status}, {@code scale}, {@code ephemeralcontainers}, {@code
   *     resize}, {@code approval}
   */
  List<StatusCause> validateSubresourceUpdate(
      String subresource, ObjectNode updated, ObjectNode old);
}
