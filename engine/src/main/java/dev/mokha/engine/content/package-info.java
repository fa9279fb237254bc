/**
 * Blobs by digest, and the documents that say how they make an image.
 *
 * <p>{@link dev.mokha.engine.content.ContentStore} keeps the bytes; a blob that is in it is whole
 * and has the digest it is named by. {@link dev.mokha.engine.content.Manifest} and {@link
 * dev.mokha.engine.content.Descriptor} read OCI and Docker manifests. {@link
 * dev.mokha.engine.content.Leases} keeps what an operation under way needs from being collected.
 */
package dev.mokha.engine.content;
