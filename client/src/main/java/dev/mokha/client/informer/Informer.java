package dev.mokha.client.informer;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A local copy of all objects of a kind. It lists once, then watches; after a lost connection it
 * goes on from the last revision, and lists again when that has expired. Objects are shared and
 * read-only.
 *
 * <p>The copy lags the server: a control loop that just wrote must not expect to read its write.
 */
public interface Informer<T extends HasMetadata> {
  /** The object if the copy has it. */
  Optional<T> find(String namespace, String name);

  /** All objects of a namespace, of all namespaces when it is empty. */
  Collection<T> list(String namespace);

  /**
   * Adds an index, before or after the start.
   *
   * @param name what {@link #byIndex} calls it
   * @param keys the keys under which an object is found
   */
  void addIndex(String name, Function<T, List<String>> keys);

  /** The objects under that key of an index. */
  Collection<T> byIndex(String name, String key);

  /**
   * Adds a handler. It first hears of all objects the copy already has, then of every change, on
   * one thread of the informer's; it must not block for long.
   */
  void addHandler(Handler<T> handler);

  /** True once the first list is in. */
  boolean hasSynced();

  /**
   * Waits for the first list.
   *
   * @throws IllegalStateException when the time is over
   */
  void awaitSync(Duration atMost);

  /** Hears changes. */
  interface Handler<T> {
    /** An object is new. */
    void onAdd(T object);

    /** An object changed; both have the same uid unless it was deleted and made anew unseen. */
    void onUpdate(T before, T after);

    /** An object is gone; its last known state. */
    void onDelete(T object);

    /** A handler that treats all changes alike. */
    static <T> Handler<T> any(Consumer<T> on) {
      return new Handler<>() {
        @Override
        public void onAdd(T object) {
          on.accept(object);
        }

        @Override
        public void onUpdate(T before, T after) {
          on.accept(after);
        }

        @Override
        public void onDelete(T object) {
          on.accept(object);
        }
      };
    }
  }
}
