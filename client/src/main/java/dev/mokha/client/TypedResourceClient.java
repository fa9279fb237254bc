package dev.mokha.client;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.ObjectList;
import dev.mokha.client.ApiClient.PatchType;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Decodes and encodes around an {@link ApiClient}. */
final class TypedResourceClient<T extends HasMetadata> implements ResourceClient<T> {
  private final ApiClient client;
  private final Kind<T> kind;

  TypedResourceClient(ApiClient client, Kind<T> kind) {
    this.client = requireNonNull(client, "client");
    this.kind = requireNonNull(kind, "kind");
  }

  @Override
  public Kind<T> kind() {
    return kind;
  }

  @Override
  public T get(String namespace, String name) {
    return Typed.decode(client.get(kind.resource(), namespace, name, ""), kind);
  }

  @Override
  public Optional<T> find(String namespace, String name) {
    return client.find(kind.resource(), namespace, name).map(o -> Typed.decode(o, kind));
  }

  @Override
  public List<T> list(String namespace, ListOptions options) {
    List<T> all = new ArrayList<>();
    ListOptions page = options;
    while (true) {
      ObjectList list = client.list(kind.resource(), namespace, page);
      for (KubeObject object : list.items()) {
        all.add(Typed.decode(object, kind));
      }
      if (list.continueToken().isEmpty()) {
        return all;
      }
      page = page.next(list.continueToken());
    }
  }

  @Override
  public T create(T object) {
    KubeObject sent = Typed.encode(object, kind);
    return Typed.decode(client.create(kind.resource(), sent.namespace(), "", "", sent), kind);
  }

  @Override
  public T update(T object) {
    KubeObject sent = Typed.encode(object, kind);
    return Typed.decode(client.update(kind.resource(), sent.namespace(), "", sent), kind);
  }

  @Override
  public T updateStatus(T object) {
    KubeObject sent = Typed.encode(object, kind);
    return Typed.decode(client.update(kind.resource(), sent.namespace(), "status", sent), kind);
  }

  @Override
  public T patch(
      String namespace, String name, String subresource, PatchType type, JsonNode patch) {
    byte[] body = Json.bytes(patch);
    return Typed.decode(
        client.patch(kind.resource(), namespace, name, subresource, type, body, false), kind);
  }

  @Override
  public void post(String namespace, String name, String subresource, Object body) {
    client.create(kind.resource(), namespace, name, subresource, Typed.encode(body));
  }

  @Override
  public void delete(String namespace, String name, DeleteOptions options) {
    try {
      client.delete(kind.resource(), namespace, name, options);
    } catch (StatusException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
