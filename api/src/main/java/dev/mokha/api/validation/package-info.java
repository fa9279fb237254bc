/**
 * What Kubernetes refuses, kind by kind: a walk over the tree that collects every cause, with the
 * field's path, the reason and the words clients know. Start with {@link
 * dev.mokha.api.validation.Validation}; {@code FieldErrors} is the collector that each rule writes
 * into, and each other class is the rules of one area.
 *
 * <p>Structure (types, unknown fields) is checked before, against the schema; defaults are set
 * before, too.
 */
package dev.mokha.api.validation;
