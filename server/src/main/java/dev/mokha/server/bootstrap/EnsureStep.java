package dev.mokha.server.bootstrap;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees to objects: makes what is missing, and sets the fields that the cluster determines in what
 * is there. All other fields are left to users.
 */
final class EnsureStep implements BootstrapStep {
  /**
   * An object that must exist.
   *
   * @param tree the object as it is made
   * @param owned the top-level fields, and {@code metadata.labels}, that are brought back to what
   *     they were made with; empty to leave an existing object alone
   */
  record Wanted(GroupVersionResource resource, ObjectNode tree, List<String> owned) {
    Wanted {
      owned = List.copyOf(owned);
    }

    static Wanted once(GroupVersionResource resource, ObjectNode tree) {
      return new Wanted(resource, tree, List.of());
    }
  }

  private final String name;
  private final ObjectReader objects;
  private final List<Wanted> wanted;

  EnsureStep(String name, ObjectReader objects, List<Wanted> wanted) {
    this.name = requireNonNull(name);
    this.objects = requireNonNull(objects);
    this.wanted = List.copyOf(wanted);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void run(ApiClient client) {
    for (Wanted each : wanted) {
      ensure(client, each);
    }
  }

  private void ensure(ApiClient client, Wanted each) {
    GroupVersionResource resource = each.resource();
    JsonNode metadata = each.tree().path("metadata");
    String namespace = metadata.path("namespace").asString("");
    Optional<KubeObject> found =
        objects.find(
            resource.group(), resource.resource(), namespace, metadata.path("name").asString(""));
    if (found.isEmpty()) {
      try {
        client.create(resource, namespace, "", "", KubeObject.of(each.tree()));
      } catch (StatusException e) {
        // Another server of the cluster may have been faster, and its Service may have the address.
        boolean taken = e.reason() == StatusReason.INVALID && exists(client, each);
        if (e.reason() != StatusReason.ALREADY_EXISTS && !taken) {
          throw e;
        }
      }
      return;
    }
    if (each.owned().isEmpty()) {
      return;
    }
    ObjectNode before = found.get().toTree();
    ObjectNode after = before.deepCopy();
    for (String field : each.owned()) {
      merge(after, field, each.tree().path(field));
    }
    metadata
        .path("labels")
        .properties()
        .forEach(e -> after.withObject("/metadata/labels").set(e.getKey(), e.getValue()));
    if (!after.equals(before)) {
      client.update(resource, namespace, "", KubeObject.of(after));
    }
  }

  private static boolean exists(ApiClient client, Wanted each) {
    JsonNode metadata = each.tree().path("metadata");
    return client
        .find(
            each.resource(),
            metadata.path("namespace").asString(""),
            metadata.path("name").asString(""))
        .isPresent();
  }

  /** Objects are merged field by field, since the server completes them; all else is replaced. */
  private static void merge(ObjectNode target, String field, JsonNode wanted) {
    if (wanted instanceof ObjectNode object && target.get(field) instanceof ObjectNode existing) {
      object.properties().forEach(e -> merge(existing, e.getKey(), e.getValue()));
    } else if (!wanted.isMissingNode()) {
      target.set(field, wanted.deepCopy());
    }
  }
}
