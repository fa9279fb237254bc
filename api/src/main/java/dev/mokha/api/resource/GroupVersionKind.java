package dev.mokha.api.resource;

import static java.util.Objects.requireNonNull;

/**
 * The name of a kind in one version, as {@code apiVersion} and {@code kind} of an object say it.
 *
 * @param group API group, empty for the core group
 * @param version such as {@code v1}
 * @param kind such as {@code Deployment}
 */
public record GroupVersionKind(String group, String version, String kind) {
  /** Refuses nulls. */
  public GroupVersionKind {
    requireNonNull(group, "group");
    requireNonNull(version, "version");
    requireNonNull(kind, "kind");
  }

  /** Reads an object's {@code apiVersion} and {@code kind}. */
  public static GroupVersionKind of(String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    return slash < 0
        ? new GroupVersionKind("", apiVersion, kind)
        : new GroupVersionKind(
            apiVersion.substring(0, slash), apiVersion.substring(slash + 1), kind);
  }

  /** {@code v1} for the core group, else {@code group/version}. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }
}
