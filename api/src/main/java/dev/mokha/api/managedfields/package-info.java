/**
 * Who owns which field, and server-side apply (KEP-555).
 *
 * <p>Every write leaves its trace in {@code metadata.managedFields}: an entry per manager with the
 * set of fields he set last. Start with {@link dev.mokha.api.managedfields.ManagedFields} (every
 * write but apply) and {@link dev.mokha.api.managedfields.ServerSideApply}. Below them: {@code
 * FieldSet} is a set of paths with its algebra, {@code FieldWalk} makes such sets from trees, and
 * {@code Managers} is the list of entries.
 *
 * <pre>{@code
 * Write write = new Write("kubectl", "apps/v1", "", now, Set.of("status"));
 * ManagedFields.track(live, updated, schema, write);                     // PUT, POST, PATCH
 * ObjectNode merged = ServerSideApply.apply(live, config, schema, write, force);
 * }</pre>
 */
package dev.mokha.api.managedfields;
