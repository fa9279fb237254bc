package dev.mokha.client.informer;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.ObjectList;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.Kind;
import dev.mokha.client.ListOptions;
import dev.mokha.client.Typed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that keeps an {@link ObjectIndex} as the server has it: list, watch, and watch again
 * from the last revision; list again when that has expired. Handlers run under one lock, so that
 * each hears a consistent sequence, and one that joins late hears the present first.
 */
final class ReflectedInformer<T extends HasMetadata> implements Informer<T>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Informer.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(2);
  private static final int PAGE = 500;

  private final ApiClient client;
  private final Kind<T> kind;
  private final String namespace;
  private final ListOptions select;
  private final ObjectIndex<T> index = new ObjectIndex<>();
  private final List<Handler<T>> handlers = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch synced = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean closed;
  private volatile String revision = "";

  ReflectedInformer(ApiClient client, Kind<T> kind, String namespace, ListOptions select) {
    this.client = requireNonNull(client, "client");
    this.kind = requireNonNull(kind, "kind");
    this.namespace = requireNonNull(namespace, "namespace");
    this.select = requireNonNull(select, "select");
    this.thread =
        Thread.ofVirtual().name("informer-" + kind.resource().resource()).unstarted(this::run);
  }

  ReflectedInformer<T> start() {
    thread.start();
    return this;
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!closed) {
        try {
          if (revision.isEmpty()) {
            replaceAll();
          }
          watchUntilClosed();
          pause = FIRST_PAUSE;
        } catch (StatusException e) {
          if (e.isExpired()) {
            revision = "";
            continue;
          }
          if (!closed) {
            log.debug("{}: {}; trying again in {}", kind.kind(), e.getMessage(), pause);
          }
          Thread.sleep(pause);
          pause = pause.multipliedBy(2);
          pause = pause.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : pause;
        } catch (RuntimeException e) {
          log.warn("{}: the local copy is made anew after a failure", kind.kind(), e);
          revision = "";
          Thread.sleep(LAST_PAUSE);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void replaceAll() {
    Map<ObjectIndex.Name, T> all = new HashMap<>();
    ListOptions page =
        new ListOptions(select.labelSelector(), select.fieldSelector(), "", PAGE, "", false, 0);
    String listed;
    while (true) {
      ObjectList list = client.list(kind.resource(), namespace, page);
      listed = list.resourceVersion();
      for (KubeObject object : list.items()) {
        T typed = Typed.decode(object, kind);
        all.put(ObjectIndex.Name.of(typed), typed);
      }
      if (list.continueToken().isEmpty()) {
        break;
      }
      page = page.next(list.continueToken());
    }
    lock.lock();
    try {
      for (T gone : index.list("").stream().toList()) {
        if (!all.containsKey(ObjectIndex.Name.of(gone))) {
          remove(gone);
        }
      }
      all.values().forEach(this::put);
      revision = listed;
    } finally {
      lock.unlock();
    }
    synced.countDown();
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
    try (Watch watch = client.watch(kind.resource(), namespace, select.from(revision), handler)) {
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
    if (!type.equals("BOOKMARK")) {
      T typed = Typed.decode(object, kind);
      lock.lock();
      try {
        if (type.equals("DELETED")) {
          remove(typed);
        } else {
          put(typed);
        }
      } finally {
        lock.unlock();
      }
    }
    revision = object.resourceVersion();
  }

  private void put(T object) {
    T before = index.put(object);
    if (before == null) {
      tell(h -> h.onAdd(object));
    } else if (!java.util.Objects.equals(
        before.getMetadata().getResourceVersion(), object.getMetadata().getResourceVersion())) {
      tell(h -> h.onUpdate(before, object));
    }
  }

  private void remove(T object) {
    if (index.remove(object) != null) {
      tell(h -> h.onDelete(object));
    }
  }

  private void tell(java.util.function.Consumer<Handler<T>> what) {
    for (Handler<T> handler : handlers) {
      try {
        what.accept(handler);
      } catch (RuntimeException e) {
        log.error("{}: a handler failed", kind.kind(), e);
      }
    }
  }

  @Override
  public Optional<T> find(String namespace, String name) {
    return index.find(namespace, name);
  }

  @Override
  public Collection<T> list(String namespace) {
    return index.list(namespace);
  }

  @Override
  public void addIndex(String name, Function<T, List<String>> keys) {
    lock.lock();
    try {
      index.addIndex(name, keys);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Collection<T> byIndex(String name, String key) {
    return index.byIndex(name, key);
  }

  @Override
  public void addHandler(Handler<T> handler) {
    lock.lock();
    try {
      handlers.add(handler);
      index.list("").forEach(handler::onAdd);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean hasSynced() {
    return synced.getCount() == 0;
  }

  @Override
  public void awaitSync(Duration atMost) {
    try {
      if (!synced.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(
            "the local copy of " + kind.kind() + " was not complete within " + atMost);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + kind.kind(), e);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
