package dev.mokha.client.informer;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link ObjectIndex} that a {@link Reflector} keeps as the server has it. Handlers run under
 * one lock, so that each hears a consistent sequence, and one that joins late hears the present
 * first.
 */
final class ReflectedInformer<T extends HasMetadata>
    implements Informer<T>, Reflector.Follower, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Informer.class);

  private final Kind<T> kind;
  private final ObjectIndex<T> index = new ObjectIndex<>();
  private final List<Handler<T>> handlers = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch synced = new CountDownLatch(1);
  private final Reflector reflector;

  ReflectedInformer(ApiClient client, Kind<T> kind, String namespace, ListOptions select) {
    this.kind = requireNonNull(kind, "kind");
    this.reflector = new Reflector(client, kind.resource(), namespace, select, this);
  }

  ReflectedInformer<T> start() {
    reflector.start();
    return this;
  }

  @Override
  public void replaceAll(List<KubeObject> objects) {
    Map<ObjectIndex.Name, T> all = new HashMap<>();
    for (KubeObject object : objects) {
      T typed = Typed.decode(object, kind);
      all.put(ObjectIndex.Name.of(typed), typed);
    }
    lock.lock();
    try {
      for (T gone : index.list("").stream().toList()) {
        if (!all.containsKey(ObjectIndex.Name.of(gone))) {
          remove(gone);
        }
      }
      all.values().forEach(this::put);
    } finally {
      lock.unlock();
    }
    synced.countDown();
  }

  @Override
  public void put(KubeObject object) {
    T typed = Typed.decode(object, kind);
    lock.lock();
    try {
      put(typed);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void remove(KubeObject object) {
    T typed = Typed.decode(object, kind);
    lock.lock();
    try {
      remove(typed);
    } finally {
      lock.unlock();
    }
  }

  private void put(T object) {
    T before = index.put(object);
    if (before == null) {
      tell(h -> h.onAdd(object));
    } else if (!Objects.equals(
        before.getMetadata().getResourceVersion(), object.getMetadata().getResourceVersion())) {
      tell(h -> h.onUpdate(before, object));
    }
  }

  private void remove(T object) {
    if (index.remove(object) != null) {
      tell(h -> h.onDelete(object));
    }
  }

  private void tell(Consumer<Handler<T>> what) {
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
    reflector.close();
  }
}
