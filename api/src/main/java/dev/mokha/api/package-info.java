/**
 * The resource model of Kubernetes: what an object, a type and a selector are, with no I/O at all.
 *
 * <p>Start with {@link dev.mokha.api.object.KubeObject} (an object is immutable and carries its
 * bytes), then {@link dev.mokha.api.resource.ResourceType} (what the server serves) and {@link
 * dev.mokha.api.error.StatusException} (how everything fails).
 */
package dev.mokha.api;
