package dev.mokha.client.informer;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.ObjectList;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a {@link Follower} of all objects of one resource, for as long as it is open: it lists,
 * watches, and watches again from the last revision; it lists again when that has expired.
 *
 * <pre>{@code
 * Reflector pods = new Reflector(client, Kinds.POD.resource(), "", ListOptions.ALL, follower);
 * pods.start();
 * ...
 * pods.close();
 * }</pre>
 */
public final class Reflector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reflector.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(2);
  private static final int PAGE = 500;

  private final ApiClient client;
  private final GroupVersionResource resource;
  private final String namespace;
  private final ListOptions select;
  private final Follower follower;
  private final Thread thread;
  private volatile boolean closed;
  private volatile String revision = "";

  /** Hears what there is; on one thread at a time. Whatever it throws makes it start anew. */
  public interface Follower {
    /** All objects, at the beginning and whenever their history was lost. */
    void replaceAll(List<KubeObject> all);

    /** An object is new, or has changed. */
    void put(KubeObject object);

    /** An object is gone; this is how it looked last. */
    void remove(KubeObject object);
  }

  /**
   * A loop that does not run yet.
   *
   * @param namespace empty for all
   * @param select which objects
   */
  public Reflector(
      ApiClient client,
      GroupVersionResource resource,
      String namespace,
      ListOptions select,
      Follower follower) {
    this.client = requireNonNull(client, "client");
    this.resource = requireNonNull(resource, "resource");
    this.namespace = requireNonNull(namespace, "namespace");
    this.select = requireNonNull(select, "select");
    this.follower = requireNonNull(follower, "follower");
    this.thread = Thread.ofVirtual().name("reflector-" + resource.resource()).unstarted(this::run);
  }

  /** Begins; does not block. */
  public Reflector start() {
    thread.start();
    return this;
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!closed) {
        try {
          if (revision.isEmpty()) {
            list();
          }
          watchUntilClosed();
          pause = FIRST_PAUSE;
        } catch (StatusException e) {
          if (e.isExpired()) {
            revision = "";
            continue;
          }
          if (!closed) {
            log.debug("{}: {}; trying again in {}", resource, e.getMessage(), pause);
          }
          Thread.sleep(pause);
          pause = pause.multipliedBy(2);
          pause = pause.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : pause;
        } catch (RuntimeException e) {
          if (!closed) {
            log.warn("{}: listed anew after a failure", resource, e);
          }
          revision = "";
          Thread.sleep(LAST_PAUSE);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void list() {
    List<KubeObject> all = new ArrayList<>();
    ListOptions page =
        new ListOptions(select.labelSelector(), select.fieldSelector(), "", PAGE, "", false, 0);
    String listed;
    while (true) {
      ObjectList list = client.list(resource, namespace, page);
      listed = list.resourceVersion();
      all.addAll(list.items());
      if (list.continueToken().isEmpty()) {
        break;
      }
      page = page.next(list.continueToken());
    }
    if (!closed) {
      follower.replaceAll(all);
      revision = listed;
    }
  }

  private void watchUntilClosed() throws InterruptedException {
    CompletableFuture<Optional<StatusException>> over = new CompletableFuture<>();
    WatchHandler handler =
        new WatchHandler() {
          @Override
          public void onEvent(String type, KubeObject object) {
            try {
              apply(type, object);
            } catch (RuntimeException e) {
              over.completeExceptionally(e);
            }
          }

          @Override
          public void onClose(StatusException cause) {
            over.complete(Optional.ofNullable(cause));
          }
        };
    try (Watch watch = client.watch(resource, namespace, select.from(revision), handler)) {
      Optional<StatusException> cause = over.get();
      if (cause.isPresent()) {
        throw cause.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("an event could not be applied", e.getCause());
    }
  }

  private void apply(String type, KubeObject object) {
    if (closed) {
      return;
    }
    switch (type) {
      case "BOOKMARK" -> {}
      case "DELETED" -> follower.remove(object);
      default -> follower.put(object);
    }
    revision = object.resourceVersion();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
