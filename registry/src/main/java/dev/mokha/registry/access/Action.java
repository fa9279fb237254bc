package dev.mokha.registry.access;

import java.util.Locale;

/** What can be done with a repository, in the words of Docker's token scopes. */
public enum Action {
  /** Read. */
  PULL,
  /** Write, also what is new. */
  PUSH,
  /** Delete tags, manifests and blobs. */
  DELETE;

  /** The word in a scope. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
