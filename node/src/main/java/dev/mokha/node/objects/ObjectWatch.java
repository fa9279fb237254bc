package dev.mokha.node.objects;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kind;
import dev.mokha.client.ListOptions;
import dev.mokha.client.Typed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one object: lists it by name, then watches from there. While nothing has been read yet,
 * {@link #get} reads on the caller's thread, so that a pod's start waits for one request only.
 */
final class ObjectWatch<T extends HasMetadata> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectWatch.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);

  private final ApiClient client;
  private final Kind<T> kind;
  private final String namespace;
  private final String name;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private Optional<T> object = Optional.empty();
  private boolean read;
  private boolean closed;
  private ApiClient.Watch watch;
  private Duration retry = FIRST_RETRY;

  ObjectWatch(ApiClient client, Kind<T> kind, String namespace, String name) {
    this.client = client;
    this.kind = kind;
    this.namespace = namespace;
    this.name = name;
  }

  void add(Runnable listener) {
    listeners.add(listener);
  }

  /** True when that was the last listener. */
  boolean remove(Runnable listener) {
    listeners.remove(listener);
    return listeners.isEmpty();
  }

  synchronized Optional<T> get() {
    if (!read) {
      list();
    }
    return object;
  }

  private synchronized void list() {
    ListOptions select = ListOptions.fields("metadata.name=" + name);
    ApiClient.ObjectList list = client.list(kind.resource(), namespace, select);
    object = list.items().stream().findFirst().map(o -> Typed.decode(o, kind));
    read = true;
    if (!closed) {
      follow(select.from(list.resourceVersion()));
    }
  }

  private void follow(ListOptions from) {
    Handler handler = new Handler(from.resourceVersion());
    try {
      watch = client.watch(kind.resource(), namespace, from, handler);
    } catch (StatusException e) {
      handler.onClose(e);
    }
  }

  private synchronized void set(Optional<T> value) {
    object = value;
    retry = FIRST_RETRY;
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (watch != null) {
      watch.close();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized Duration nextRetry() {
    Duration now = retry;
    Duration doubled = retry.multipliedBy(2);
    retry = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
    return now;
  }

  private final class Handler implements ApiClient.WatchHandler {
    private String revision;

    Handler(String revision) {
      this.revision = revision;
    }

    @Override
    public void onEvent(String type, KubeObject event) {
      revision = event.resourceVersion();
      switch (type) {
        case "ADDED", "MODIFIED" -> {
          set(Optional.of(Typed.decode(event, kind)));
          changed();
        }
        case "DELETED" -> {
          set(Optional.empty());
          changed();
        }
        default -> {}
      }
    }

    @Override
    public void onClose(StatusException cause) {
      if (isClosed()) {
        return;
      }
      Thread.ofVirtual().name("watch-" + namespace + "/" + name).start(() -> again(cause));
    }

    private void again(StatusException cause) {
      boolean relist = cause != null;
      while (!isClosed()) {
        try {
          if (relist) {
            list();
            changed();
          } else {
            synchronized (ObjectWatch.this) {
              if (!closed) {
                follow(ListOptions.fields("metadata.name=" + name).from(revision));
              }
            }
          }
          return;
        } catch (StatusException e) {
          relist = true;
          log.debug(
              "Watch of {} {}/{} failed, will try again: {}",
              kind.kind(),
              namespace,
              name,
              e.getMessage());
          try {
            Thread.sleep(nextRetry());
          } catch (InterruptedException interrupted) {
            return;
          }
        }
      }
    }
  }
}
