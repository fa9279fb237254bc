/**
 * Brings what other registries have, and keeps it: a pull-through mirror.
 *
 * <p>{@link dev.mokha.registry.mirror.Mirror} answers for the hosts of its configuration. Each has
 * upstreams, which are asked in order; one that fails is left alone for a while, longer each time.
 * Manifests by digest and blobs, once here, are never asked for again; a tag is compared with its
 * upstream when it is older than some seconds, and served as it is, with a warning, when no
 * upstream answers. Many who want the same blob share one {@link
 * dev.mokha.registry.mirror.Download}, which they follow while it grows. Nothing is kept, and
 * nobody gets a last byte, before the digest is verified.
 */
package dev.mokha.registry.mirror;
