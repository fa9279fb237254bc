/**
 * Objects as rows and columns, the way {@code kubectl get} shows them.
 *
 * <p>Start with {@link dev.mokha.server.table.Tables}.
 */
package dev.mokha.server.table;
