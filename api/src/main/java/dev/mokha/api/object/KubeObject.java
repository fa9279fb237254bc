package dev.mokha.api.object;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object of any kind: immutable, with its JSON kept as bytes and the metadata that every layer
 * asks for extracted once.
 *
 * <p>Lifecycle: a request body is parsed at the door into a tree; defaulting, admission and patches
 * work on that tree; {@link #of(ObjectNode)} then makes the object, which is stored, cached, listed
 * and watched as the same bytes. Whoever wants to change an object takes {@link #toTree()}, a copy
 * of his own, and makes a new object from it:
 *
 * <pre>{@code
 * ObjectNode tree = pod.toTree();
 * tree.withObject("/metadata/labels").put("seen", "yes");
 * KubeObject changed = KubeObject.of(tree);
 * }</pre>
 */
public final class KubeObject {
  private final byte[] json;
  private final String apiVersion;
  private final String kind;
  private final String namespace;
  private final String name;
  private final String uid;
  private final String resourceVersion;
  private final long generation;
  private final String deletionTimestamp;
  private final Map<String, String> labels;

  private KubeObject(byte[] json, Metadata metadata) {
    this.json = json;
    this.apiVersion = metadata.apiVersion;
    this.kind = metadata.kind;
    this.namespace = metadata.namespace;
    this.name = metadata.name;
    this.uid = metadata.uid;
    this.resourceVersion = metadata.resourceVersion;
    this.generation = metadata.generation;
    this.deletionTimestamp = metadata.deletionTimestamp;
    this.labels = metadata.labels;
  }

  /** Serializes the tree, which the caller may go on changing afterwards. */
  public static KubeObject of(ObjectNode tree) {
    return new KubeObject(Json.bytes(tree), Metadata.of(tree));
  }

  /** Reads JSON; the array now belongs to the object and must not be changed. */
  public static KubeObject parse(byte[] json) {
    return new KubeObject(requireNonNull(json), Metadata.read(json));
  }

  /**
   * An object whose JSON text the caller has already made.
   *
   * @param json exactly the text of the tree; it now belongs to the object
   */
  public static KubeObject of(ObjectNode tree, byte[] json) {
    return new KubeObject(requireNonNull(json), Metadata.of(tree));
  }

  private KubeObject(KubeObject other, byte[] json, String resourceVersion) {
    this.json = json;
    this.apiVersion = other.apiVersion;
    this.kind = other.kind;
    this.namespace = other.namespace;
    this.name = other.name;
    this.uid = other.uid;
    this.resourceVersion = resourceVersion;
    this.generation = other.generation;
    this.deletionTimestamp = other.deletionTimestamp;
    this.labels = other.labels;
  }

  /**
   * The same object at another revision. The revision is spliced into the bytes, nothing is parsed:
   * a store that assigns revisions at commit needs this for every object it gives out.
   */
  public KubeObject withResourceVersion(String revision) {
    byte[] spliced = RevisionSplice.into(json, resourceVersion, revision);
    if (spliced == null) {
      ObjectNode tree = toTree();
      tree.withObject("/metadata").put("resourceVersion", revision);
      spliced = Json.bytes(tree);
    }
    return new KubeObject(this, spliced, revision);
  }

  /** The kept bytes. They are shared: read, never write. */
  public byte[] json() {
    return json;
  }

  /** A tree of the caller's own. */
  public ObjectNode toTree() {
    return Json.parseObject(json);
  }

  /** Such as {@code apps/v1}. */
  public String apiVersion() {
    return apiVersion;
  }

  /** Such as {@code Deployment}. */
  public String kind() {
    return kind;
  }

  /** Empty for objects outside namespaces. */
  public String namespace() {
    return namespace;
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** The uid, empty before creation. */
  public String uid() {
    return uid;
  }

  /** The revision of its last change, empty before it is stored. */
  public String resourceVersion() {
    return resourceVersion;
  }

  /** {@code metadata.generation}, 0 when the kind has none. */
  public long generation() {
    return generation;
  }

  /** True once deletion was asked for and finalizers or grace still hold the object. */
  public boolean isDeleting() {
    return !deletionTimestamp.isEmpty();
  }

  /** The labels; never null. */
  public Map<String, String> labels() {
    return labels;
  }

  @Override
  public String toString() {
    return kind
        + " "
        + (namespace.isEmpty() ? name : namespace + "/" + name)
        + "@"
        + resourceVersion;
  }
}
