package dev.mokha.api.resource;

import static java.util.Objects.requireNonNull;

/**
 * The name of a resource in one version, such as {@code apps/v1, deployments}.
 *
 * @param group API group, empty for the core group
 * @param version such as {@code v1}
 * @param resource plural, lower case
 */
public record GroupVersionResource(String group, String version, String resource) {
  /** Refuses nulls. */
  public GroupVersionResource {
    requireNonNull(group, "group");
    requireNonNull(version, "version");
    requireNonNull(resource, "resource");
  }

  /** {@code v1} for the core group, else {@code group/version}. */
  public String groupVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** {@code /api/v1} or {@code /apis/group/version}. */
  public String pathPrefix() {
    return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
  }
}
