package dev.mokha.controllers.served;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.client.informer.Reflector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;

/**
 * The resources whose objects can be listed, watched and deleted, each once: the built-in ones, and
 * those that CustomResourceDefinitions have established, which come and go.
 */
public final class ServedTypes implements AutoCloseable {
  private static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  private static final Set<String> VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private final Reflector definitions;
  private final CountDownLatch listed = new CountDownLatch(1);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Custom> customs = new HashMap<>();
  private volatile Known known = Known.of(builtin(), Map.of());

  /** What one definition adds; every kind stands for the resource in the version it is kept in. */
  private record Custom(ResourceType type, List<GroupVersionKind> kinds) {}

  private record Known(List<ResourceType> types, Map<GroupVersionKind, ResourceType> byKind) {
    static Known of(List<ResourceType> builtin, Map<String, Custom> customs) {
      List<ResourceType> types = new ArrayList<>(builtin);
      Map<GroupVersionKind, ResourceType> byKind = new HashMap<>();
      for (Custom custom : customs.values()) {
        types.add(custom.type);
        custom.kinds.forEach(kind -> byKind.put(kind, custom.type));
      }
      return new Known(List.copyOf(types), Map.copyOf(byKind));
    }
  }

  private ServedTypes(ApiClient client) {
    this.definitions =
        new Reflector(client, DEFINITIONS, "", ListOptions.ALL, new DefinitionFollower());
  }

  /** Begins to follow the definitions; does not block. */
  public static ServedTypes start(ApiClient client) {
    ServedTypes types = new ServedTypes(requireNonNull(client, "client"));
    types.definitions.start();
    return types;
  }

  private static List<ResourceType> builtin() {
    BuiltinResources builtin = BuiltinResources.get();
    return builtin.all().stream()
        .filter(t -> t.verbs().contains("delete") && t.verbs().contains("list"))
        .filter(t -> t.verbs().contains("watch"))
        .filter(t -> builtin.storedAs(t.gvr()).equals(t.gvr()))
        .toList();
  }

  /** Waits until the definitions have been read once. */
  public void await() throws InterruptedException {
    listed.await();
  }

  /** All of them now; a resource served in several versions or groups is named as it is stored. */
  public List<ResourceType> all() {
    return known.types;
  }

  /** The resource that an owner reference means; empty when no such kind is served now. */
  public Optional<ResourceType> find(GroupVersionKind kind) {
    ResourceType custom = known.byKind.get(kind);
    return custom != null ? Optional.of(custom) : BuiltinResources.get().find(kind);
  }

  /** Calls it whenever custom resources have come or gone. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private final class DefinitionFollower implements Reflector.Follower {
    @Override
    public void replaceAll(List<KubeObject> all) {
      customs.clear();
      all.forEach(this::read);
      publish();
      listed.countDown();
    }

    @Override
    public void put(KubeObject definition) {
      read(definition);
      publish();
    }

    @Override
    public void remove(KubeObject definition) {
      customs.remove(definition.name());
      publish();
    }

    private void read(KubeObject definition) {
      customOf(definition)
          .ifPresentOrElse(
              c -> customs.put(definition.name(), c), () -> customs.remove(definition.name()));
    }

    private void publish() {
      Known next = Known.of(builtin(), customs);
      if (!next.equals(known)) {
        known = next;
        listeners.forEach(Runnable::run);
      }
    }
  }

  /** Empty while the definition is not established. */
  private static Optional<Custom> customOf(KubeObject definition) {
    JsonNode tree = definition.toTree();
    boolean established = false;
    for (JsonNode c : tree.path("status").path("conditions")) {
      established |=
          c.path("type").asString("").equals("Established")
              && c.path("status").asString("").equals("True");
    }
    JsonNode spec = tree.path("spec");
    JsonNode names = tree.path("status").path("acceptedNames");
    String group = spec.path("group").asString("");
    String plural = names.path("plural").asString("");
    String kind = names.path("kind").asString("");
    List<GroupVersionKind> kinds = new ArrayList<>();
    String version = "";
    for (JsonNode v : spec.path("versions")) {
      if (v.path("served").asBoolean(false)) {
        String name = v.path("name").asString("");
        kinds.add(new GroupVersionKind(group, name, kind));
        version = version.isEmpty() || v.path("storage").asBoolean(false) ? name : version;
      }
    }
    if (!established || plural.isEmpty() || version.isEmpty()) {
      return Optional.empty();
    }
    ResourceType type =
        new ResourceType(
            new GroupVersionResource(group, version, plural),
            kind,
            names.path("singular").asString(""),
            spec.path("scope").asString("").equals("Namespaced"),
            List.of(),
            List.of(),
            VERBS,
            List.of());
    return Optional.of(new Custom(type, List.copyOf(kinds)));
  }

  @Override
  public void close() {
    definitions.close();
  }
}
