package dev.mokha.controllers.namespaces;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import io.fabric8.kubernetes.api.model.Namespace;

/** What the loops that put something into each namespace share. */
final class NamespaceContent {
  private NamespaceContent() {}

  static boolean isActive(Informer<Namespace> namespaces, Key key) {
    return namespaces
        .find("", key.name())
        .filter(n -> n.getMetadata().getDeletionTimestamp() == null)
        .isPresent();
  }

  /** Someone else may have been first, or the namespace may have begun to end: both are fine. */
  static void createUnlessThere(Runnable create) {
    try {
      create.run();
    } catch (StatusException e) {
      boolean ending =
          e.code() == 403
              && e.details().causes().stream()
                  .anyMatch(c -> c.reason().equals("NamespaceTerminating"));
      if (!e.isAlreadyExists() && !e.isNotFound() && !ending) {
        throw e;
      }
    }
  }
}
