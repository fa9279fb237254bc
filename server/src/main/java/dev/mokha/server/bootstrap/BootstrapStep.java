package dev.mokha.server.bootstrap;

import dev.mokha.client.ApiClient;

/**
 * Something the server sees to at every start, before it calls itself ready: objects that must
 * exist. A step is idempotent and leaves alone what users have changed.
 */
public interface BootstrapStep {
  /** As {@code /readyz?verbose} shows it, such as {@code poststarthook/rbac/bootstrap-roles}. */
  String name();

  /**
   * Does it; called again after a failure.
   *
   * @param client the server's own identity ({@code system:apiserver})
   */
  void run(ApiClient client);
}
