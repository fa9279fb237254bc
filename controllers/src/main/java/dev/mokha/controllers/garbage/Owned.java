package dev.mokha.controllers.garbage;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What the collector keeps of an object.
 *
 * @param type its resource
 * @param resourceVersion the revision it was read at
 * @param namespace empty for objects outside namespaces
 * @param name its name
 * @param uid its uid
 * @param owners who owns it
 * @param finalizers what holds it
 * @param deleting whether its deletion was asked for
 */
record Owned(
    ResourceType type,
    String resourceVersion,
    String namespace,
    String name,
    String uid,
    List<Owner> owners,
    Set<String> finalizers,
    boolean deleting) {
  static final String FOREGROUND = "foregroundDeletion";
  static final String ORPHAN = "orphan";

  private static final byte[] OWNERS_FIELD = "\"ownerReferences\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] FINALIZERS_FIELD = "\"finalizers\"".getBytes(StandardCharsets.UTF_8);

  /** A reference to an owner. */
  record Owner(String apiVersion, String kind, String name, String uid, boolean blocksDeletion) {
    GroupVersionKind gvk() {
      return GroupVersionKind.of(apiVersion, kind);
    }
  }

  static Owned of(ResourceType type, KubeObject object) {
    List<Owner> owners = new ArrayList<>();
    Set<String> finalizers = new HashSet<>();
    // Most objects have neither, and are not parsed at all.
    if (contains(object.json(), OWNERS_FIELD) || contains(object.json(), FINALIZERS_FIELD)) {
      JsonNode meta = object.toTree().path("metadata");
      for (JsonNode o : meta.path("ownerReferences")) {
        owners.add(
            new Owner(
                o.path("apiVersion").asString(""),
                o.path("kind").asString(""),
                o.path("name").asString(""),
                o.path("uid").asString(""),
                o.path("blockOwnerDeletion").asBoolean(false)));
      }
      meta.path("finalizers").forEach(f -> finalizers.add(f.asString()));
    }
    return new Owned(
        type,
        object.resourceVersion(),
        object.namespace(),
        object.name(),
        object.uid(),
        List.copyOf(owners),
        Set.copyOf(finalizers),
        object.isDeleting());
  }

  private static boolean contains(byte[] text, byte[] word) {
    outer:
    for (int i = 0; i <= text.length - word.length; i++) {
      for (int k = 0; k < word.length; k++) {
        if (text[i + k] != word[k]) {
          continue outer;
        }
      }
      return true;
    }
    return false;
  }

  /** Whether it waits for its dependents before it goes. */
  boolean waitsForDependents() {
    return deleting && finalizers.contains(FOREGROUND);
  }

  /**
   * Whether this is the object that a reference in that object names: uid, kind and name agree, and
   * it is in the same namespace or in none.
   */
  boolean isMeantBy(Owner reference, Owned dependent) {
    return uid.equals(reference.uid())
        && type.kind().equals(reference.kind())
        && type.gvr().group().equals(reference.gvk().group())
        && name.equals(reference.name())
        && (!type.namespaced() || namespace.equals(dependent.namespace()));
  }

  /** Whether it lets its dependents live before it goes. */
  boolean orphansDependents() {
    return deleting && finalizers.contains(ORPHAN);
  }
}
