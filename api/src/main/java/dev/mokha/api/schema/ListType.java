package dev.mokha.api.schema;

/** How server-side apply merges a list ({@code x-kubernetes-list-type}). */
public enum ListType {
  /** Nothing is said: treated as atomic. */
  UNSPECIFIED,
  /** Replaced as a whole, owned by one manager. */
  ATOMIC,
  /** Scalars without duplicates, merged one by one. */
  SET,
  /** Objects told apart by the values of their keys, merged one by one. */
  MAP
}
