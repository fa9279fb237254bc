/** The cluster's certificates and keys: made once, kept in files, renewed in time. */
package dev.mokha.server.pki;
