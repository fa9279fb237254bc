package dev.mokha.client;

import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

final class TypedResourceClient<T extends HasMetadata> implements ResourceClient<T> {
  TypedResourceClient(ApiClient client, Kind<T> kind) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Kind<T> kind() {
    return null;
  }

  @Override
  public T get(String namespace, String name) {
    return null;
  }

  @Override
  public Optional<T> find(String namespace, String name) {
    return Optional.empty();
  }

  @Override
  public List<T> list(String namespace, ListOptions options) {
    return List.of();
  }

  @Override
  public T create(T object) {
    return null;
  }

  @Override
  public T update(T object) {
    return null;
  }

  @Override
  public T updateStatus(T object) {
    return null;
  }

  @Override
  public T patch(
      String namespace, String name, String subresource, PatchType type, JsonNode patch) {
    return null;
  }

  @Override
  public void post(String namespace, String name, String subresource, Object body) {}

  @Override
  public void delete(String namespace, String name, DeleteOptions options) {}
}
