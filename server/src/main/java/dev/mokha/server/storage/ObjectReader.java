package dev.mokha.server.storage;

import dev.mokha.api.object.KubeObject;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Reads stored objects from memory, without authorization and without blocking: for the stages of
 * the pipeline (authentication, authorization, admission), not for control loops.
 *
 * <p>Objects are in their storage version. A write is visible here before its client has the
 * answer.
 */
public interface ObjectReader {
  /**
   * One object.
   *
   * @param group API group, empty for the core group
   * @param resource plural
   * @param namespace empty outside namespaces
   */
  Optional<KubeObject> find(String group, String resource, String namespace, String name);

  /** All objects, in the order of namespace and name; of all namespaces when it is empty. */
  List<KubeObject> list(String group, String resource, String namespace);

  /**
   * The revision of the last change of any object of that resource; 0 before the first. It lets a
   * reader keep something computed from the objects until they change.
   */
  long lastChange(String group, String resource);

  /** {@link #lastChange} for those who ask often: what must be looked up is looked up once. */
  default LongSupplier changes(String group, String resource) {
    return () -> lastChange(group, resource);
  }

  /** True when the cluster may have several servers. */
  default boolean isShared() {
    return false;
  }
}
