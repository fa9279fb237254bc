/**
 * A revisioned key-value store with one contract and several implementations: in memory and
 * embedded on disk. Nothing above it knows which one runs.
 *
 * <p>Start with {@link dev.mokha.store.Store}, whose comment teaches the life of a key. This
 * package knows nothing of Kubernetes and depends on no other module.
 */
package dev.mokha.store;
