package dev.mokha.junit;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import dev.mokha.client.Typed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Applies objects of any kind that is served, and waits for definitions to be. */
final class Manifests {
  private static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final YAMLMapper YAML = new YAMLMapper();

  private final ApiClient client;

  Manifests(ApiClient client) {
    this.client = client;
  }

  private record Target(GroupVersionResource resource, boolean namespaced) {}

  void apply(String text) {
    List<ObjectNode> objects = new ArrayList<>();
    try (MappingIterator<JsonNode> documents = YAML.readerFor(JsonNode.class).readValues(text)) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        if (document instanceof ObjectNode object) {
          objects.add(object);
        } else if (!document.isNull() && !document.isMissingNode()) {
          throw new IllegalArgumentException("not a manifest: " + document);
        }
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the manifests are not valid YAML: " + e.getMessage(), e);
    }
    if (objects.isEmpty()) {
      throw new IllegalArgumentException("there is no manifest in the text");
    }
    objects.forEach(this::apply);
  }

  void apply(HasMetadata object) {
    ObjectNode tree = Typed.tree(object);
    tree.remove("status");
    apply(tree);
  }

  private void apply(ObjectNode object) {
    GroupVersionKind kind = kindOf(object);
    if (kind.kind().equals("List") && object.get("items") != null) {
      object.get("items").forEach(item -> apply((ObjectNode) item));
      return;
    }
    Target target = target(kind);
    String name = object.path("metadata").path("name").asString("");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a manifest of kind " + kind.kind() + " has no name");
    }
    String namespace =
        target.namespaced ? object.path("metadata").path("namespace").asString("default") : "";
    client.patch(target.resource, namespace, name, "", PatchType.APPLY, Json.bytes(object), true);
    if (target.resource.equals(DEFINITIONS)) {
      awaitEstablished(name);
    }
  }

  private static GroupVersionKind kindOf(ObjectNode object) {
    String apiVersion = object.path("apiVersion").asString("");
    String kind = object.path("kind").asString("");
    if (apiVersion.isEmpty() || kind.isEmpty()) {
      throw new IllegalArgumentException("a manifest needs apiVersion and kind: " + object);
    }
    int slash = apiVersion.indexOf('/');
    return new GroupVersionKind(
        slash < 0 ? "" : apiVersion.substring(0, slash), apiVersion.substring(slash + 1), kind);
  }

  private Target target(GroupVersionKind kind) {
    Optional<ResourceType> builtin = BuiltinResources.get().find(kind);
    if (builtin.isPresent()) {
      return new Target(builtin.get().gvr(), builtin.get().namespaced());
    }
    for (KubeObject definition : client.list(DEFINITIONS, "", ListOptions.ALL).items()) {
      JsonNode spec = definition.toTree().path("spec");
      if (spec.path("group").asString("").equals(kind.group())
          && spec.path("names").path("kind").asString("").equals(kind.kind())) {
        return new Target(
            new GroupVersionResource(
                kind.group(), kind.version(), spec.path("names").path("plural").asString("")),
            spec.path("scope").asString("").equals("Namespaced"));
      }
    }
    throw new IllegalArgumentException(
        "%s of %s is not served; install its CustomResourceDefinition first"
            .formatted(kind.kind(), kind.group()));
  }

  /** The server says so when it serves, and not before. */
  private void awaitEstablished(String name) {
    CompletableFuture<Void> established = new CompletableFuture<>();
    ListOptions one = ListOptions.fields("metadata.name=" + name);
    WatchHandler handler =
        new WatchHandler() {
          @Override
          public void onEvent(String type, KubeObject object) {
            if (isEstablished(object)) {
              established.complete(null);
            }
          }

          @Override
          public void onClose(dev.mokha.api.error.StatusException cause) {
            established.completeExceptionally(
                cause == null ? new IllegalStateException("the watch ended") : cause);
          }
        };
    if (isEstablished(client.get(DEFINITIONS, "", name, ""))) {
      return;
    }
    try (Watch watch = client.watch(DEFINITIONS, "", one, handler)) {
      established.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "%s is not served: %s"
              .formatted(
                  name, client.get(DEFINITIONS, "", name, "").toTree().path("status").toString()),
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(name + " can't be watched", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  private static boolean isEstablished(KubeObject definition) {
    for (JsonNode condition : definition.toTree().path("status").path("conditions")) {
      if (condition.path("type").asString("").equals("Established")) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }
}
