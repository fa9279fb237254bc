package dev.mokha.server.admission.matching;

import static java.util.Objects.requireNonNull;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Something made of stored objects, made anew when they have changed and somebody asks. */
public final class Kept<T> {
  private final LongSupplier revision;
  private final Supplier<T> make;
  private volatile Made<T> made;

  private record Made<T>(long revision, T value) {}

  /**
   * Keeps it.
   *
   * @param revision changes when it must be made anew; cheap
   * @param make makes it
   */
  public Kept(LongSupplier revision, Supplier<T> make) {
    this.revision = requireNonNull(revision, "revision");
    this.make = requireNonNull(make, "make");
  }

  /** As of now. */
  public T get() {
    long now = revision.getAsLong();
    Made<T> known = made;
    return known != null && known.revision >= now ? known.value : makeAnew();
  }

  private synchronized T makeAnew() {
    // Before reading the objects, so that a change meanwhile is not taken for seen.
    long now = revision.getAsLong();
    if (made == null || made.revision < now) {
      made = new Made<>(now, make.get());
    }
    return made.value;
  }
}
