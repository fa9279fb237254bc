package dev.mokha.client.controller;

import java.time.Duration;
import java.util.Optional;

/**
 * One function from observed state to actions, for one object. Level-triggered: it is called with a
 * name, reads what is, and does what is missing.
 */
@FunctionalInterface
public interface Reconciler {
  /**
   * Makes the object so.
   *
   * @param key which object
   * @return when to look again without any event; empty for not before the next event
   * @throws Exception whatever fails; the key is tried again with back-off. A conflict or a missing
   *     object is retried quietly, anything else is logged.
   */
  Optional<Duration> reconcile(Key key) throws Exception;

  /**
   * An object's name.
   *
   * @param namespace empty for objects outside namespaces
   * @param name the name
   */
  record Key(String namespace, String name) {
    @Override
    public String toString() {
      return namespace.isEmpty() ? name : namespace + "/" + name;
    }
  }
}
