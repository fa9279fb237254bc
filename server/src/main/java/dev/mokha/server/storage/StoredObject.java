package dev.mokha.server.storage;

import dev.mokha.api.object.KubeObject;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * An object at one revision, as the cache holds it: shared by all who read it, and with it whatever
 * forms of it were made on demand.
 */
public final class StoredObject {
  private final String key;
  private final KubeObject object;
  private final long revision;
  private volatile ConcurrentHashMap<Object, Object> forms;

  StoredObject(String key, KubeObject object, long revision) {
    this.key = key;
    this.object = object;
    this.revision = revision;
  }

  /** {@code namespace/name}, or the name alone. */
  public String key() {
    return key;
  }

  /** The object, its resourceVersion in it, in its storage version. */
  public KubeObject object() {
    return object;
  }

  /** When it was last changed. */
  public long revision() {
    return revision;
  }

  /**
   * Another form of the object, made at the first call and kept as long as the object is: its
   * protobuf bytes, its row of a table, the value of a field that selectors ask for.
   *
   * @param which names the form; a constant
   */
  @SuppressWarnings("unchecked")
  public <T> T form(Object which, Function<KubeObject, T> make) {
    ConcurrentHashMap<Object, Object> kept = forms;
    if (kept == null) {
      synchronized (this) {
        kept = forms;
        if (kept == null) {
          kept = new ConcurrentHashMap<>(2);
          forms = kept;
        }
      }
    }
    Object form = kept.get(which);
    if (form == null) {
      T made = make.apply(object);
      form = kept.putIfAbsent(which, made);
      if (form == null) {
        form = made;
      }
    }
    return (T) form;
  }

  /** Whether {@link #form} has been called for it. */
  public boolean hasForm(Object which) {
    ConcurrentHashMap<Object, Object> kept = forms;
    return kept != null && kept.containsKey(which);
  }

  /** The same object as it was deleted at a later revision. */
  StoredObject at(long later) {
    return new StoredObject(key, object.withResourceVersion(Long.toString(later)), later);
  }

  @Override
  public String toString() {
    return object.toString();
  }
}
