package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.StoredObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code boundpods}: for every node one object that lists the pods bound to it. It is made of the
 * pods when it is read, and can't be written.
 */
public final class BoundPods {
  /** What is served of it. */
  public static final ResourceType TYPE =
      new ResourceType(
          new GroupVersionResource("mokha.dev", "v1", "boundpods"),
          "BoundPods",
          "boundpods",
          false,
          List.of("bp"),
          List.of(),
          Set.of("get", "list"),
          List.of());

  private final ObjectStorage storage;

  BoundPods(ObjectStorage storage) {
    this.storage = requireNonNull(storage, "storage");
  }

  static boolean isMeant(ApiCall call) {
    return call.resource().type().gvr().equals(TYPE.gvr());
  }

  Answer handle(ApiCall call) {
    return switch (call.verb()) {
      case "get" -> {
        StoredObject one = all(call).get(call.name());
        if (one == null) {
          throw StatusException.notFound("mokha.dev", "boundpods", call.name());
        }
        yield new Answer.One(200, call.resource(), one);
      }
      case "list" -> {
        Selection selection = Selection.of(call);
        List<StoredObject> items = new ArrayList<>();
        for (StoredObject o : all(call).values()) {
          if (selection.ofWatch().test(o)) {
            items.add(o);
          }
        }
        yield new Answer.Many(
            call.resource(), new Lists.Page(storage.cache().revision(), items, "", 0), "");
      }
      default -> throw RestHandler.methodNotAllowed(call);
    };
  }

  /** By node. A node without pods has an empty object; pods of an unknown node have one, too. */
  private Map<String, StoredObject> all(ApiCall call) {
    long revision = storage.cache().revision();
    Map<String, ObjectNode> byNode = new TreeMap<>();
    for (KubeObject node : storage.cache().list("", "nodes", "")) {
      ObjectNode tree = empty(node.name(), revision);
      JsonNode meta = node.toTree().path("metadata");
      Metadata.of(tree).set("creationTimestamp", meta.path("creationTimestamp"));
      Metadata.of(tree).put("uid", node.uid());
      byNode.put(node.name(), tree);
    }
    for (KubeObject pod : storage.cache().list("", "pods", "")) {
      ObjectNode tree = pod.toTree();
      String node = tree.path("spec").path("nodeName").asString("");
      if (!node.isEmpty()) {
        ObjectNode item =
            byNode.computeIfAbsent(node, n -> empty(n, revision)).withArray("/items").addObject();
        ObjectNode meta = item.putObject("metadata");
        meta.put("namespace", pod.namespace()).put("name", pod.name()).put("uid", pod.uid());
        item.set("spec", tree.path("spec"));
        ObjectNode status = item.putObject("status");
        for (String field : List.of("phase", "podIP")) {
          if (tree.path("status").has(field)) {
            status.set(field, tree.path("status").path(field));
          }
        }
      }
    }
    Map<String, StoredObject> all = new TreeMap<>();
    byNode.forEach(
        (name, tree) -> all.put(name, storage.pretend(call.resource().storage(), name, tree)));
    return all;
  }

  private static ObjectNode empty(String node, long revision) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.putObject("metadata").put("name", node).put("resourceVersion", Long.toString(revision));
    tree.putArray("items");
    return tree;
  }
}
