package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.StructuralCheck;
import dev.mokha.server.rest.CustomVersion;
import dev.mokha.server.rest.VersionBridge;
import dev.mokha.server.storage.StoredObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The versions of one definition, as they stand between what is stored and what is asked for.
 *
 * <p>What is read is pruned and defaulted by the schema of the version it was stored in, converted,
 * and pruned by the schema of the version that is asked for. What is written was defaulted by the
 * schema of the request's version; it is converted to the storage version, and pruned and defaulted
 * by that. So an object written under this state of the definition needs none of it when it is read
 * in its storage version, and its stored bytes are served as they are.
 */
final class VersionViews implements VersionBridge {
  /** By apiVersion, served or not. */
  private final Map<String, ObjectSchema> schemas;

  private final VersionConverter converter;
  private final boolean callsWebhook;
  private final long since;

  /**
   * Views under one state of a definition.
   *
   * @param since objects changed after this revision were written under it
   */
  VersionViews(
      Map<String, ObjectSchema> schemas,
      VersionConverter converter,
      boolean callsWebhook,
      long since) {
    this.schemas = Map.copyOf(schemas);
    this.converter = requireNonNull(converter, "converter");
    this.callsWebhook = callsWebhook;
    this.since = since;
  }

  @Override
  public ObjectNode convert(ObjectNode object, GroupVersionKind to) {
    return complete(changed(List.of(object), to.apiVersion()).get(0));
  }

  /** Converts those of another version. */
  private List<ObjectNode> changed(List<ObjectNode> objects, String apiVersion) {
    List<ObjectNode> others = new ArrayList<>();
    for (ObjectNode o : objects) {
      if (!version(o).equals(apiVersion)) {
        others.add(o);
      }
    }
    if (others.isEmpty()) {
      return objects;
    }
    List<ObjectNode> converted = converter.convert(others, apiVersion);
    List<ObjectNode> all = new ArrayList<>(objects.size());
    int next = 0;
    for (ObjectNode o : objects) {
      // Only those that were not converted still have the version they had.
      all.add(next < others.size() && o == others.get(next) ? converted.get(next++) : o);
    }
    return all;
  }

  private static String version(ObjectNode object) {
    return object.path("apiVersion").asString("");
  }

  /** Prunes and defaults by the schema of the object's own version. */
  private ObjectNode complete(ObjectNode object) {
    ObjectSchema schema = schemas.get(version(object));
    if (schema != null) {
      StructuralCheck.apply(object, schema);
      Defaulting.apply(object, schema);
    }
    return object;
  }

  private void prune(ObjectNode object) {
    ObjectSchema schema = schemas.get(version(object));
    if (schema != null) {
      StructuralCheck.apply(object, schema);
    }
  }

  /** Reads in that version. */
  CustomVersion.Reader reader(String apiVersion) {
    return new VersionReader(apiVersion);
  }

  private final class VersionReader implements CustomVersion.Reader {
    private final String apiVersion;

    VersionReader(String apiVersion) {
      this.apiVersion = apiVersion;
    }

    private boolean isAsStored(StoredObject stored) {
      return stored.revision() > since && stored.object().apiVersion().equals(apiVersion);
    }

    @Override
    public KubeObject view(StoredObject stored) {
      return isAsStored(stored) ? stored.object() : stored.form(this, o -> make(List.of(o)).get(0));
    }

    @Override
    public void prepare(List<StoredObject> all) {
      if (!callsWebhook) {
        return;
      }
      List<StoredObject> open = new ArrayList<>();
      for (StoredObject s : all) {
        if (!isAsStored(s) && !s.hasForm(this)) {
          open.add(s);
        }
      }
      if (!open.isEmpty()) {
        List<KubeObject> made = make(open.stream().map(StoredObject::object).toList());
        for (int i = 0; i < made.size(); i++) {
          KubeObject view = made.get(i);
          open.get(i).form(this, o -> view);
        }
      }
    }

    @Override
    public boolean mayBlock() {
      return callsWebhook;
    }

    private List<KubeObject> make(List<KubeObject> stored) {
      List<ObjectNode> trees = new ArrayList<>(stored.size());
      stored.forEach(o -> trees.add(complete(o.toTree())));
      List<KubeObject> made = new ArrayList<>(stored.size());
      List<ObjectNode> all = changed(trees, apiVersion);
      for (int i = 0; i < all.size(); i++) {
        ObjectNode tree = all.get(i);
        KubeObject before = stored.get(i);
        if (!before.apiVersion().equals(apiVersion)) {
          prune(tree);
        }
        KubeObject after = KubeObject.of(tree);
        // Most were complete already; then there is no need to keep them twice.
        made.add(Arrays.equals(after.json(), before.json()) ? before : after);
      }
      return made;
    }
  }
}
