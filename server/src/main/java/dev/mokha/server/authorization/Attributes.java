package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;

/**
 * What someone wants to do. For a path that is no resource ({@code /metrics}) only user, verb and
 * path count.
 *
 * @param user who
 * @param verb {@code get}, {@code list}, {@code watch}, {@code create}, {@code update}, {@code
 *     patch}, {@code delete}, {@code deletecollection}; also {@code impersonate}, {@code bind},
 *     {@code escalate}, {@code approve}, {@code sign}; for paths the HTTP method in lower case
 * @param resourceRequest false for a path that is no resource
 * @param group API group, empty for the core group
 * @param version such as {@code v1}
 * @param resource plural, such as {@code pods}
 * @param subresource such as {@code log}; empty for none
 * @param namespace empty for cluster-wide
 * @param name empty for none
 * @param path the request path
 * @param labelSelector of a list, watch or deletecollection, in its text form; empty for none
 * @param fieldSelector likewise
 */
public record Attributes(
    UserInfo user,
    String verb,
    boolean resourceRequest,
    String group,
    String version,
    String resource,
    String subresource,
    String namespace,
    String name,
    String path,
    String labelSelector,
    String fieldSelector) {
  /** Refuses nulls. */
  public Attributes {
    requireNonNull(user, "user");
    requireNonNull(verb, "verb");
    requireNonNull(group, "group");
    requireNonNull(resource, "resource");
    requireNonNull(subresource, "subresource");
    requireNonNull(namespace, "namespace");
    requireNonNull(name, "name");
    requireNonNull(path, "path");
  }

  /** A wish for a path that is no resource. */
  public static Attributes ofPath(UserInfo user, String verb, String path) {
    return new Attributes(user, verb, false, "", "", "", "", "", "", path, "", "");
  }

  /** A wish for a resource. */
  public static Attributes ofResource(
      UserInfo user,
      String verb,
      String group,
      String version,
      String resource,
      String subresource,
      String namespace,
      String name) {
    return new Attributes(
        user, verb, true, group, version, resource, subresource, namespace, name, "", "", "");
  }

  /** The same wish with another verb. */
  public Attributes withVerb(String other) {
    return new Attributes(
        user,
        other,
        resourceRequest,
        group,
        version,
        resource,
        subresource,
        namespace,
        name,
        path,
        labelSelector,
        fieldSelector);
  }

  /** {@code pods/log}, or {@code pods} without a subresource, as rules write it. */
  public String qualifiedResource() {
    return subresource.isEmpty() ? resource : resource + "/" + subresource;
  }
}
