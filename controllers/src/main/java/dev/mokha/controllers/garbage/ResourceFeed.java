package dev.mokha.controllers.garbage;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.ObjectList;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the graph's objects of one resource as the server has them. */
final class ResourceFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ResourceFeed.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int PAGE = 500;

  private final ApiClient client;
  private final ResourceType type;
  private final ObjectGraph graph;
  private final BiConsumer<Owned, Optional<Owned>> changed;
  private final Consumer<Owned> gone;
  private final CountDownLatch listed;
  private final Thread thread;
  private boolean counted;
  private volatile boolean closed;
  private volatile String revision = "";

  ResourceFeed(
      ApiClient client,
      ResourceType type,
      ObjectGraph graph,
      BiConsumer<Owned, Optional<Owned>> changed,
      Consumer<Owned> gone,
      CountDownLatch listed) {
    this.client = client;
    this.type = type;
    this.graph = graph;
    this.changed = changed;
    this.gone = gone;
    this.listed = listed;
    this.thread =
        Thread.ofVirtual().name("garbage-feed-" + type.gvr().resource()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!closed) {
        try {
          if (revision.isEmpty()) {
            list();
          }
          watch();
        } catch (StatusException e) {
          if (e.isExpired()) {
            revision = "";
            continue;
          }
          log.debug("{}: {}", type.gvr().resource(), e.getMessage());
          Thread.sleep(PAUSE);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void list() {
    Set<String> missing = graph.uidsOf(type);
    ListOptions page = new ListOptions("", "", "", PAGE, "", false, 0);
    while (true) {
      ObjectList list = client.list(type.gvr(), "", page);
      revision = list.resourceVersion();
      for (KubeObject object : list.items()) {
        missing.remove(object.uid());
        put(object);
      }
      if (list.continueToken().isEmpty()) {
        break;
      }
      page = page.next(list.continueToken());
    }
    new HashSet<>(missing).forEach(uid -> graph.remove(uid).ifPresent(gone));
    if (!counted) {
      counted = true;
      listed.countDown();
    }
  }

  private void watch() throws InterruptedException {
    CompletableFuture<Optional<StatusException>> over = new CompletableFuture<>();
    WatchHandler handler =
        new WatchHandler() {
          @Override
          public void onEvent(String event, KubeObject object) {
            switch (event) {
              case "DELETED" -> graph.remove(object.uid()).ifPresent(gone);
              case "BOOKMARK" -> {}
              default -> put(object);
            }
            revision = object.resourceVersion();
          }

          @Override
          public void onClose(StatusException cause) {
            over.complete(Optional.ofNullable(cause));
          }
        };
    try (Watch watch = client.watch(type.gvr(), "", ListOptions.ALL.from(revision), handler)) {
      Optional<StatusException> cause = over.get();
      if (cause.isPresent()) {
        throw cause.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private void put(KubeObject object) {
    Owned owned = Owned.of(type, object);
    changed.accept(owned, graph.put(owned));
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
