package dev.mokha.client;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Any object of any resource, untyped. Two implementations: one that enters the server's pipeline
 * in this process right after decoding, and one over HTTPS. Both act under one identity and one
 * field manager, and both are subject to authorization, admission and audit.
 *
 * <p>Every method throws {@link dev.mokha.api.error.StatusException} for whatever the server
 * answers with a {@code Status}, and the same exception with reason {@code ServiceUnavailable} when
 * the server can't be reached.
 */
public interface ApiClient extends AutoCloseable {
  /** One object. */
  KubeObject get(GroupVersionResource resource, String namespace, String name, String subresource);

  /** One page; see {@link ListOptions}. */
  ObjectList list(GroupVersionResource resource, String namespace, ListOptions options);

  /** Creates an object, or posts to a subresource such as {@code binding} or {@code eviction}. */
  KubeObject create(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      KubeObject object);

  /** Replaces an object or its subresource; a set resourceVersion must match. */
  KubeObject update(
      GroupVersionResource resource, String namespace, String subresource, KubeObject object);

  /** Patches an object or its subresource. */
  KubeObject patch(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      PatchType type,
      byte[] patch,
      boolean force);

  /** Deletes an object; the answer is the object, or a Status when it is gone. */
  KubeObject delete(
      GroupVersionResource resource, String namespace, String name, DeleteOptions options);

  /** Deletes all objects that the options select. */
  void deleteCollection(
      GroupVersionResource resource, String namespace, ListOptions select, DeleteOptions options);

  /**
   * Watches; events arrive on a thread of the client's, one at a time, until the watch is closed or
   * {@link WatchHandler#onClose} is called.
   */
  Watch watch(
      GroupVersionResource resource, String namespace, ListOptions options, WatchHandler handler);

  /** The object if it exists. */
  default Optional<KubeObject> find(GroupVersionResource resource, String namespace, String name) {
    try {
      return Optional.of(get(resource, namespace, name, ""));
    } catch (dev.mokha.api.error.StatusException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  void close();

  /**
   * One page of objects.
   *
   * @param resourceVersion the snapshot's revision
   * @param continueToken where the next page begins; empty on the last
   * @param items the objects
   */
  record ObjectList(String resourceVersion, String continueToken, List<KubeObject> items) {}

  /** How a patch is to be read. */
  enum PatchType {
    /** RFC 6902. */
    JSON("application/json-patch+json"),
    /** RFC 7386. */
    MERGE("application/merge-patch+json"),
    /** Kubernetes' own, with merge keys. */
    STRATEGIC("application/strategic-merge-patch+json"),
    /** Server-side apply. */
    APPLY("application/apply-patch+yaml");

    private final String mediaType;

    PatchType(String mediaType) {
      this.mediaType = mediaType;
    }

    /** The Content-Type it travels under. */
    public String mediaType() {
      return mediaType;
    }
  }

  /**
   * What to delete and how.
   *
   * @param gracePeriodSeconds null for the object's own
   * @param propagationPolicy {@code Background}, {@code Foreground}, {@code Orphan} or empty for
   *     the resource's default
   * @param preconditionUid the uid the object must have; empty for any
   * @param preconditionResourceVersion the revision the object must have; empty for any
   */
  record DeleteOptions(
      Long gracePeriodSeconds,
      String propagationPolicy,
      String preconditionUid,
      String preconditionResourceVersion) {
    /** The resource's defaults. */
    public static final DeleteOptions DEFAULT = new DeleteOptions(null, "", "", "");

    /** The defaults, but at once. */
    public static DeleteOptions now() {
      return new DeleteOptions(0L, "", "", "");
    }

    /** The defaults, but only the object of that uid. */
    public static DeleteOptions uid(String uid) {
      return new DeleteOptions(null, "", uid, "");
    }

    /** The {@code DeleteOptions} object on the wire. */
    public ObjectNode toTree() {
      ObjectNode tree = dev.mokha.api.object.Json.MAPPER.createObjectNode();
      tree.put("kind", "DeleteOptions").put("apiVersion", "v1");
      if (gracePeriodSeconds != null) {
        tree.put("gracePeriodSeconds", gracePeriodSeconds);
      }
      if (!propagationPolicy.isEmpty()) {
        tree.put("propagationPolicy", propagationPolicy);
      }
      if (!preconditionUid.isEmpty()) {
        tree.withObject("/preconditions").put("uid", preconditionUid);
      }
      if (!preconditionResourceVersion.isEmpty()) {
        tree.withObject("/preconditions").put("resourceVersion", preconditionResourceVersion);
      }
      return tree;
    }
  }

  /** Hears a watch. */
  interface WatchHandler {
    /**
     * One event.
     *
     * @param type {@code ADDED}, {@code MODIFIED}, {@code DELETED} or {@code BOOKMARK}
     * @param object the object; of a bookmark only its resourceVersion counts
     */
    void onEvent(String type, KubeObject object);

    /**
     * The watch is over: null for a normal end (watch again from the last resourceVersion), else
     * what went wrong; when {@code isExpired()} list again.
     */
    void onClose(dev.mokha.api.error.StatusException cause);
  }

  /** A running watch. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
