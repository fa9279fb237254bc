package dev.mokha.client.access;

import static java.util.Objects.requireNonNull;

/**
 * What somebody wants to do, in RBAC's words (authorization.k8s.io, ResourceAttributes).
 *
 * @param verb such as {@code create}
 * @param group the API group; empty for the core
 * @param version of the group
 * @param resource the plural
 * @param subresource empty for none
 * @param namespace empty for none
 * @param name empty for none or all
 */
public record Deed(
    String verb,
    String group,
    String version,
    String resource,
    String subresource,
    String namespace,
    String name) {
  /** Refuses nulls. */
  public Deed {
    requireNonNull(verb, "verb");
    requireNonNull(group, "group");
    requireNonNull(version, "version");
    requireNonNull(resource, "resource");
    requireNonNull(subresource, "subresource");
    requireNonNull(namespace, "namespace");
    requireNonNull(name, "name");
  }
}
