/**
 * What every object may look like: one immutable model for the built-in types and for those of
 * custom resource definitions.
 *
 * <p>Start with {@link dev.mokha.api.schema.Schema} (the model) and {@link
 * dev.mokha.api.schema.BuiltinSchemas} (where the built-in ones come from). On it work {@link
 * dev.mokha.api.schema.ObjectDecoder} (bytes to a checked tree), {@link
 * dev.mokha.api.schema.StructuralCheck} (the same for a tree that a patch has changed) and {@link
 * dev.mokha.api.schema.Defaulting}. This package knows of no I/O beyond reading its own resource.
 */
package dev.mokha.api.schema;
