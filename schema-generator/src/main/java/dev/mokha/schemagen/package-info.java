/**
 * Generates, at build time, the compact schema resource of all built-in types.
 *
 * <p>Start with {@link dev.mokha.schemagen.SchemaGenerator}. {@link dev.mokha.schemagen.Facts}
 * reads our own tables (what merges how, which default), {@link dev.mokha.schemagen.JavaModels} the
 * names, types and descriptions in the annotations of client-java-api, {@link
 * dev.mokha.schemagen.ProtobufNumbers} the field numbers in the descriptors of client-java-proto;
 * {@link dev.mokha.schemagen.ResourceWriter} writes what came of it. Nothing here is on the class
 * path at run time: {@code dev.mokha.api.schema.SchemaResource} reads the result.
 */
package dev.mokha.schemagen;
