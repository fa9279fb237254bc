package dev.mokha.api.schema;

/** How server-side apply merges an object or a map ({@code x-kubernetes-map-type}). */
public enum MapType {
  /** Nothing is said: treated as granular. */
  UNSPECIFIED,
  /** Merged and owned field by field. */
  GRANULAR,
  /** Replaced as a whole, owned by one manager. */
  ATOMIC
}
