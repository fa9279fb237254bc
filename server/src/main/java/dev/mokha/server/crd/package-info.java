/**
 * Custom resources: from a CustomResourceDefinition to a resource that is served like any other.
 *
 * <p>Lifecycle of a definition, all of it in {@link dev.mokha.server.crd.Definitions}:
 *
 * <ol>
 *   <li>It is created. {@link dev.mokha.server.crd.NameRules} looks whether its names are free in
 *       its group; what is free becomes {@code status.acceptedNames}.
 *   <li>All are: {@link dev.mokha.server.crd.Compiler} makes a {@code ServedResource} of each
 *       served version, the object cache loads what is stored of it (a definition may come back),
 *       the catalog is swapped, and only then the condition {@code Established} is written: who
 *       sees it can use the resource.
 *   <li>It changes: its resources are compiled anew and its watches end, as their clients would go
 *       on with the old form.
 *   <li>It is deleted: a finalizer holds it until {@link dev.mokha.server.crd.Purge} has removed
 *       its objects. With the definition its resources leave the catalog and their watches end.
 * </ol>
 *
 * <p>An object is stored in the definition's storage version and made into the version that is
 * asked for when it is read ({@link dev.mokha.server.crd.VersionViews}); the result is kept with
 * the stored object.
 *
 * <p>May use {@code rest} (catalog, served resources), {@code storage}, {@code table} and {@code
 * webhook}.
 */
package dev.mokha.server.crd;
