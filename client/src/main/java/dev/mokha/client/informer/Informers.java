package dev.mokha.client.informer;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kind;
import dev.mokha.client.ListOptions;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * The informers of one process: whoever asks for the same kind and the same selection gets the same
 * informer, so that each object is kept and decoded once.
 *
 * <pre>{@code
 * try (Informers informers = Informers.of(client)) {
 *   Informer<Pod> pods = informers.get(Kinds.POD);
 *   pods.addHandler(Handler.any(pod -> queue.add(pod.getMetadata().getUid())));
 *   pods.awaitSync(Duration.ofSeconds(10));
 * }
 * }</pre>
 */
public interface Informers extends AutoCloseable {
  /** All objects of a kind; starts at the first call. */
  <T extends HasMetadata> Informer<T> get(Kind<T> kind);

  /** The objects that the options select (selectors only), in one namespace unless it is empty. */
  <T extends HasMetadata> Informer<T> get(Kind<T> kind, String namespace, ListOptions select);

  /** Ends all informers. */
  @Override
  void close();

  /** Informers that read through a client, which they do not close. */
  static Informers of(ApiClient client) {
    return new SharedInformers(client);
  }
}
