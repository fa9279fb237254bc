package dev.mokha.api.error;

/**
 * One cause of a failure, mostly one field that was refused.
 *
 * @param reason the kind of failure, such as {@code FieldValueRequired}
 * @param message what is wrong, in words
 * @param field the path of the field, such as {@code spec.containers[0].name}; empty when the cause
 *     is not a field
 */
public record StatusCause(String reason, String message, String field) {}
