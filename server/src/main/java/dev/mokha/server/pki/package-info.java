/**
 * The cluster's certificates and keys: made once, kept in files, renewed in time.
 *
 * <p>Start with {@link dev.mokha.server.pki.ClusterPki}. Keys are ECDSA P-256. Bouncy Castle is
 * loaded only when something is issued, so a start that finds everything in its files is fast.
 */
package dev.mokha.server.pki;
