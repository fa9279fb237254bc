package dev.mokha.client;

import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The objects of one kind, typed. What it returns is shared and read-only: to change an object,
 * take its builder ({@code new PodBuilder(pod)}).
 *
 * <pre>{@code
 * ResourceClient<Pod> pods = ResourceClient.of(client, Kinds.POD);
 * Pod pod = pods.get("default", "web-1");
 * pods.updateStatus(new PodBuilder(pod).editOrNewStatus().withPhase("Running").endStatus().build());
 * }</pre>
 *
 * <p>For objects outside namespaces the namespace is the empty string. Failures are {@link
 * dev.mokha.api.error.StatusException}.
 */
public interface ResourceClient<T extends HasMetadata> {
  /** The kind it serves. */
  Kind<T> kind();

  /** The object, or a failure {@code NotFound}. */
  T get(String namespace, String name);

  /** The object if it exists. */
  Optional<T> find(String namespace, String name);

  /** All objects of a namespace, of all namespaces when it is empty; follows continue tokens. */
  List<T> list(String namespace, ListOptions options);

  /** Creates; the result carries what the server added. */
  T create(T object);

  /** Replaces; the object's resourceVersion must be current if it is set. */
  T update(T object);

  /** Replaces the status alone. */
  T updateStatus(T object);

  /** Patches the object, or a subresource unless that is empty. */
  T patch(String namespace, String name, String subresource, PatchType type, JsonNode patch);

  /** Posts to a subresource, such as a Binding to {@code binding}. */
  void post(String namespace, String name, String subresource, Object body);

  /** Deletes; does nothing when the object does not exist. */
  void delete(String namespace, String name, DeleteOptions options);

  /** The typed face of a client. */
  static <T extends HasMetadata> ResourceClient<T> of(ApiClient client, Kind<T> kind) {
    return new TypedResourceClient<>(client, kind);
  }
}
