package dev.mokha.client.controller;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informer.Handler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Informers, a queue and workers on virtual threads. */
final class QueuedController implements Controller {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  private final String name;
  private final int workers;
  private final Reconciler reconciler;
  private final WorkQueue<Key> queue;
  private final List<Informer<?>> informers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  QueuedController(String name, int workers, Reconciler reconciler) {
    this.name = requireNonNull(name, "name");
    this.workers = workers;
    this.reconciler = requireNonNull(reconciler, "reconciler");
    this.queue = WorkQueue.create(name);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public <T extends HasMetadata> Controller watch(Informer<T> informer) {
    return watch(informer, object -> List.of(keyOf(object)));
  }

  @Override
  public <T extends HasMetadata> Controller watch(
      Informer<T> informer, Function<T, ? extends Collection<Key>> toKeys) {
    informers.add(informer);
    informer.addHandler(
        new Handler<>() {
          @Override
          public void onAdd(T object) {
            toKeys.apply(object).forEach(queue::add);
          }

          @Override
          public void onUpdate(T before, T after) {
            toKeys.apply(before).forEach(queue::add);
            toKeys.apply(after).forEach(queue::add);
          }

          @Override
          public void onDelete(T object) {
            toKeys.apply(object).forEach(queue::add);
          }
        });
    return this;
  }

  private static Key keyOf(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return new Key(namespace == null ? "" : namespace, object.getMetadata().getName());
  }

  @Override
  public WorkQueue<Key> queue() {
    return queue;
  }

  @Override
  public synchronized Controller start() {
    for (int i = 0; i < workers; i++) {
      threads.add(Thread.ofVirtual().name(name + "-" + i).start(this::work));
    }
    return this;
  }

  private void work() {
    try {
      for (Informer<?> informer : informers) {
        informer.awaitSync(Duration.ofDays(1));
      }
      while (!closed) {
        Key key = queue.take();
        try {
          reconcileOnce(key);
        } finally {
          queue.done(key);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IllegalStateException e) {
      if (!closed) {
        log.error("{}: stopped before its informers had synced", name, e);
      }
    }
  }

  private void reconcileOnce(Key key) throws InterruptedException {
    try {
      Optional<Duration> again = reconciler.reconcile(key);
      queue.forget(key);
      again.ifPresent(delay -> queue.addAfter(key, delay));
    } catch (InterruptedException e) {
      throw e;
    } catch (StatusException e) {
      if (e.isConflict() || e.isNotFound() || e.isAlreadyExists()) {
        log.debug("{}: {} again: {}", name, key, e.getMessage());
      } else if (!closed) {
        log.warn("{}: {} failed and is tried again: {}", name, key, e.getMessage());
      }
      queue.retry(key);
    } catch (Exception e) {
      if (!closed) {
        log.warn("{}: {} failed and is tried again", name, key, e);
      }
      queue.retry(key);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    queue.close();
    threads.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread t : threads) {
      try {
        // A reconciler that ignores its interrupt must not hold up the whole process.
        t.join(Duration.ofSeconds(10));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
