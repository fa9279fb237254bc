package dev.mokha.server.storage;

/**
 * A change of one object, a link of the chain that watchers follow. Links are appended by one
 * thread and read by all; a watcher that falls behind holds the chain from its place on, which is
 * why {@link ObjectWatch} counts how far behind it is.
 */
final class Change {
  /** Of the object's deletion or last change. */
  final long revision;

  /** Counts the changes of one resource. */
  final long sequence;

  /** Null when the object was created. */
  final StoredObject before;

  /** Null when the object was deleted. */
  final StoredObject after;

  /** The next change, null while there is none. */
  volatile Change next;

  private volatile StoredObject gone;

  Change(long revision, long sequence, StoredObject before, StoredObject after) {
    this.revision = revision;
    this.sequence = sequence;
    this.before = before;
    this.after = after;
  }

  /** How the object looked last, with the revision of this change: what a DELETED event shows. */
  StoredObject gone() {
    StoredObject g = gone;
    if (g == null) {
      g = before.at(revision);
      gone = g;
    }
    return g;
  }
}
