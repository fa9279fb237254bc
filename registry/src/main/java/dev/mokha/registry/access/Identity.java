package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * A user as the cluster knows him.
 *
 * @param user his name; empty for nobody
 * @param uid may be empty
 * @param groups he is in
 * @param extra what else the cluster knows of him
 */
public record Identity(
    String user, String uid, List<String> groups, Map<String, List<String>> extra) {
  /** Whoever has not said who he is. */
  public static final Identity ANONYMOUS =
      new Identity("system:anonymous", "", List.of("system:unauthenticated"), Map.of());

  /** Copies the collections. */
  public Identity {
    requireNonNull(user, "user");
    requireNonNull(uid, "uid");
    groups = List.copyOf(groups);
    extra = Map.copyOf(extra);
  }

  /** Whether nobody knows who it is. */
  public boolean isAnonymous() {
    return user.equals(ANONYMOUS.user);
  }
}
