/**
 * Encryption of stored values with AES-256-GCM.
 *
 * <p>Start with {@link dev.mokha.server.encryption.ValueCipher}, whose comment has the scheme;
 * {@link dev.mokha.server.encryption.KeyRing} holds the keys, {@link
 * dev.mokha.server.encryption.Encryption} says what is encrypted. Keys come from a file of the PKI
 * directory ({@link dev.mokha.server.pki.ClusterPki#encryptionKeys}).
 */
package dev.mokha.server.encryption;
