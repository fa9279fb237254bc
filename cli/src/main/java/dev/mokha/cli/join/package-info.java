/**
 * How another machine becomes a node of a cluster. It knows an address, a bootstrap token and the
 * hash of the CA's key; with the hash it finds the CA, with the token it asks for a certificate of
 * its own ({@link dev.mokha.cli.join.CertificateOrder}), and with that it is a node like any other.
 * Start with {@link dev.mokha.cli.join.Joining}.
 */
package dev.mokha.cli.join;
