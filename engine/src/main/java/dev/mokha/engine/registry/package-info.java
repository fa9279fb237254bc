/**
 * Brings images from registries and to them (OCI distribution spec 1.1).
 *
 * <p>Start with {@link dev.mokha.engine.registry.ImagePuller} and {@link
 * dev.mokha.engine.registry.ImagePusher}. {@link dev.mokha.engine.registry.Registries} knows where
 * a name's registry and its mirrors are; a {@code RegistrySession} speaks to one of them about one
 * repository and logs in as it wants; {@code BlobDownload} and {@code BlobUpload} move one blob,
 * and go on where a connection broke. {@code Signatures} verifies what a policy demands.
 */
package dev.mokha.engine.registry;
