package dev.mokha.server.rest;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage.Write;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a kind wants beyond what all kinds have in common. All trees are in the version of the
 * request.
 */
interface Strategy {
  /** A kind with no wishes. */
  Strategy PLAIN = new Strategy() {};

  /** Completes a new object after admission has changed it, before it is validated. */
  default void prepareCreate(ApiCall call, ObjectNode created) {}

  /** Completes a changed object; status and generation are seen to by the caller. */
  default void prepareUpdate(ApiCall call, ObjectNode updated, ObjectNode old) {}

  /** Completes a change that came through a subresource, after it was told from the rest. */
  default void preparePart(ApiCall call, ObjectNode updated, ObjectNode old, InstantSource clock) {}

  /** Whether a PUT of an object that does not exist creates it. */
  default boolean createsOnUpdate() {
    return false;
  }

  /** Whether changes of spec are counted in {@code metadata.generation}. */
  default boolean countsGeneration() {
    return false;
  }

  /** Whether a new object keeps the status it came with. */
  default boolean keepsStatusOnCreate() {
    return false;
  }

  /** Whether an immediate deletion answers with the object instead of a Status. */
  default boolean returnsDeleted() {
    return false;
  }

  /**
   * How many seconds the object may go on before it is removed.
   *
   * @param asked what the client asked for; null for the object's own
   * @return 0 when it goes at once
   */
  default long gracePeriod(JsonNode object, Long asked) {
    return 0;
  }

  /** Whether the object may not go though it has no finalizers in its metadata. */
  default boolean heldBeyondFinalizers(JsonNode object) {
    return false;
  }

  /** Completes an object that was just marked for deletion; in its storage version. */
  default void prepareMark(ObjectNode object) {}

  /** Whether dependents are orphaned when the client names no policy. */
  default boolean orphansByDefault() {
    return false;
  }

  /** Whether {@link #alongside} fills in what it claims, so that a new attempt starts anew. */
  default boolean claims() {
    return false;
  }

  /**
   * More that must be written together with the object, such as an address it claims.
   *
   * @param created the object as it will be stored; may still be completed
   * @param old null for a create
   */
  default List<Write> alongside(ApiCall call, ObjectNode created, KubeObject old) {
    return List.of();
  }

  /** What must be removed together with the object. */
  default List<Write> alongsideDelete(ApiCall call, KubeObject old) {
    return List.of();
  }
}
