package dev.mokha.node.objects;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Objects of one kind, each watched by its name for as long as somebody holds it: the Node
 * authorizer lets a node see only what its pods name. All holders of an object share one watch.
 *
 * <pre>{@code
 * Handle<Secret> handle = secrets.hold("default", "password", () -> worker.wake());
 * handle.get();
 * handle.close();
 * }</pre>
 */
public final class WatchedObjects<T extends HasMetadata> implements AutoCloseable {
  private final ApiClient client;
  private final Kind<T> kind;
  private final Map<String, ObjectWatch<T>> watches = new HashMap<>();

  /** Objects of a kind, read through a client. */
  public WatchedObjects(ApiClient client, Kind<T> kind) {
    this.client = requireNonNull(client, "client");
    this.kind = requireNonNull(kind, "kind");
  }

  /** One holder's grip on an object. */
  public interface Handle<T> extends AutoCloseable {
    /**
     * The object as last seen, read at once the first time; empty when there is none.
     *
     * @throws dev.mokha.api.error.StatusException when it could not be read
     */
    Optional<T> get();

    @Override
    void close();
  }

  /**
   * Holds an object, whether it exists or not.
   *
   * @param onChange is called on any change, on a thread that must not be blocked
   */
  public synchronized Handle<T> hold(String namespace, String name, Runnable onChange) {
    String key = namespace + "/" + name;
    ObjectWatch<T> watch =
        watches.computeIfAbsent(key, k -> new ObjectWatch<>(client, kind, namespace, name));
    watch.add(onChange);
    return new Handle<>() {
      private boolean closed;

      @Override
      public Optional<T> get() {
        return watch.get();
      }

      @Override
      public void close() {
        synchronized (WatchedObjects.this) {
          if (!closed) {
            closed = true;
            if (watch.remove(onChange)) {
              watches.remove(key, watch);
              watch.close();
            }
          }
        }
      }
    };
  }

  @Override
  public synchronized void close() {
    watches.values().forEach(ObjectWatch::close);
    watches.clear();
  }
}
