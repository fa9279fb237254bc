package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who asks.
 *
 * @param name such as {@code kubernetes-admin} or {@code system:serviceaccount:default:builder}
 * @param uid unique over time, empty when the authenticator knows none
 * @param groups in the order the authenticator gave them
 * @param extra what else the authenticator knows, such as the pod a token is bound to
 */
public record UserInfo(
    String name, String uid, List<String> groups, Map<String, List<String>> extra) {
  /** Members may do everything, whatever RBAC says. */
  public static final String MASTERS = "system:masters";

  /** The group of everyone who proved who he is. */
  public static final String AUTHENTICATED = "system:authenticated";

  /** The group of everyone who did not. */
  public static final String UNAUTHENTICATED = "system:unauthenticated";

  /** Whoever shows no credentials at all. */
  public static final UserInfo ANONYMOUS =
      new UserInfo("system:anonymous", "", List.of(UNAUTHENTICATED), Map.of());

  /** The server's own identity, for what it does by itself. */
  public static final UserInfo SERVER =
      new UserInfo("system:apiserver", "", List.of(MASTERS, AUTHENTICATED), Map.of());

  /** Refuses nulls and copies the collections. */
  public UserInfo {
    requireNonNull(name, "name");
    requireNonNull(uid, "uid");
    groups = List.copyOf(groups);
    extra = Map.copyOf(extra);
  }

  /** A user with these groups and {@link #AUTHENTICATED}. */
  public static UserInfo authenticated(String name, List<String> groups) {
    if (groups.contains(AUTHENTICATED)) {
      return new UserInfo(name, "", groups, Map.of());
    }
    List<String> all = new ArrayList<>(groups);
    all.add(AUTHENTICATED);
    return new UserInfo(name, "", all, Map.of());
  }

  /** True when the user belongs to the group. */
  public boolean in(String group) {
    return groups.contains(group);
  }
}
