package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.selector.FieldSelector;
import dev.mokha.api.selector.SelectorException;
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

  /**
   * A request's wish. A list, watch or deletecollection whose field selector asks for one name is a
   * wish for that name, so that a rule with {@code resourceNames} can allow it.
   *
   * @param name empty when the path names none
   * @param labelSelector the query parameter; empty for none
   * @param fieldSelector likewise
   */
  public static Attributes ofRequest(
      UserInfo user,
      String verb,
      GroupVersionResource resource,
      String subresource,
      String namespace,
      String name,
      String labelSelector,
      String fieldSelector) {
    boolean many = verb.equals("list") || verb.equals("watch") || verb.equals("deletecollection");
    return new Attributes(
        user,
        verb,
        true,
        resource.group(),
        resource.version(),
        resource.resource(),
        subresource,
        namespace,
        many && name.isEmpty() && !fieldSelector.isEmpty() ? selectedName(fieldSelector) : name,
        "",
        many ? labelSelector : "",
        many ? fieldSelector : "");
  }

  private static String selectedName(String fieldSelector) {
    try {
      return FieldSelector.parse(fieldSelector).requiredValue("metadata.name").orElse("");
    } catch (SelectorException e) {
      return ""; // Whoever reads the selector for the list refuses it.
    }
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
