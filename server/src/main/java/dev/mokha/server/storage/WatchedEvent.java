package dev.mokha.server.storage;

/**
 * What a watcher is told.
 *
 * @param type {@code ADDED}, {@code MODIFIED} or {@code DELETED}
 * @param object the object; shared between all watchers, and with it its encoded forms
 */
public record WatchedEvent(Type type, StoredObject object) {
  /** The kinds of events about objects. */
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED
  }
}
