/**
 * Who may do what with which repository.
 *
 * <p>Users are the cluster's: whoever has a token of its (a service account's, a static or an
 * identity provider's) or a certificate of its authority. What they may do, its RBAC says: group
 * {@code registry.mokha.dev}, resource {@code repositories}, the repository as the name, {@code
 * get} to pull, {@code create} and {@code update} to push, {@code delete}. A repository whose first
 * part is the name of a namespace belongs to that namespace.
 *
 * <p>Clients show the cluster's token as the password of HTTP Basic, mostly only to the token
 * endpoint (Docker's token authentication), which gives them a {@link
 * dev.mokha.registry.access.ScopedToken} for what they are about to do. Start with {@link
 * dev.mokha.registry.access.AccessControl}.
 */
package dev.mokha.registry.access;
