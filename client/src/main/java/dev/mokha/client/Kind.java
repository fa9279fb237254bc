package dev.mokha.client;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionResource;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * A resource together with the Java type of its objects. {@link Kinds} has the built-in ones.
 *
 * @param resource the resource
 * @param kind the kind's name
 * @param namespaced whether its objects live in a namespace
 * @param type the Java type
 */
public record Kind<T extends HasMetadata>(
    GroupVersionResource resource, String kind, boolean namespaced, Class<T> type) {
  /** Refuses nulls. */
  public Kind {
    requireNonNull(resource, "resource");
    requireNonNull(kind, "kind");
    requireNonNull(type, "type");
  }
}
