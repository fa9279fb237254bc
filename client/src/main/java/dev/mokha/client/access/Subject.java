package dev.mokha.client.access;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * Who wants to do something.
 *
 * @param user the name
 * @param uid may be empty
 * @param groups the groups
 * @param extra more that is known, as RBAC's webhooks would hear it
 */
public record Subject(
    String user, String uid, List<String> groups, Map<String, List<String>> extra) {
  /** Copies the collections. */
  public Subject {
    requireNonNull(user, "user");
    requireNonNull(uid, "uid");
    groups = List.copyOf(groups);
    extra = Map.copyOf(extra);
  }

  /** A user and groups. */
  public static Subject of(String user, List<String> groups) {
    return new Subject(user, "", groups, Map.of());
  }
}
