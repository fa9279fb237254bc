package dev.mokha.registry.http;

import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.util.Optional;

/** Requests for what other registries have. */
public final class MirrorRequests {
  /**
   * A repository of another registry.
   *
   * @param kept the name under which it is kept here, with the host
   */
  record Mirrored(String host, RepositoryName name, RepositoryName kept) {}

  Optional<Mirrored> mirrored(Exchange exchange, RepositoryName name) {
    return Optional.empty();
  }

  void handle(Exchange exchange, Route.InRepository route, Mirrored mirrored)
      throws IOException, InterruptedException {}
}
