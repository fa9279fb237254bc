package dev.mokha.server.rest;

import dev.mokha.server.pipeline.ApiCall;
import java.time.InstantSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CustomResourceDefinitions: which versions objects have been stored in is kept in the status, and
 * a definition stays until its objects are removed.
 */
final class DefinitionStrategy implements Strategy {
  private static final String FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

  private final InstantSource clock;

  DefinitionStrategy(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public boolean countsGeneration() {
    return true;
  }

  @Override
  public void prepareCreate(ApiCall call, ObjectNode created) {
    ObjectNode status = created.putObject("status");
    status.putNull("conditions");
    status.putObject("acceptedNames").put("plural", "").put("kind", "");
    noteStorageVersion(created);
  }

  @Override
  public void prepareUpdate(ApiCall call, ObjectNode updated, ObjectNode old) {
    noteStorageVersion(updated);
  }

  private static void noteStorageVersion(ObjectNode definition) {
    for (JsonNode v : definition.path("spec").path("versions")) {
      if (v.path("storage").asBoolean(false)) {
        ObjectNode status =
            definition.get("status") instanceof ObjectNode s ? s : definition.putObject("status");
        ArrayNode stored =
            status.get("storedVersions") instanceof ArrayNode a
                ? a
                : status.putArray("storedVersions");
        String name = v.path("name").asString("");
        for (JsonNode known : stored) {
          if (known.asString("").equals(name)) {
            return;
          }
        }
        stored.add(name);
      }
    }
  }

  /** The first deletion only marks it; from then on the finalizer holds it. */
  @Override
  public boolean heldBeyondFinalizers(JsonNode definition) {
    return !definition.path("metadata").has("deletionTimestamp");
  }

  @Override
  public void prepareMark(ObjectNode definition) {
    ArrayNode finalizers =
        Metadata.of(definition).get("finalizers") instanceof ArrayNode a
            ? a
            : Metadata.of(definition).putArray("finalizers");
    for (JsonNode f : finalizers) {
      if (f.asString("").equals(FINALIZER)) {
        return;
      }
    }
    finalizers.add(FINALIZER);
    ObjectNode status =
        definition.get("status") instanceof ObjectNode s ? s : definition.putObject("status");
    ArrayNode conditions =
        status.get("conditions") instanceof ArrayNode a ? a : status.putArray("conditions");
    conditions
        .addObject()
        .put("type", "Terminating")
        .put("status", "True")
        .put("lastTransitionTime", Times.of(clock.instant()))
        .put("reason", "InstanceDeletionPending")
        .put(
            "message",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin"
                + " soon");
  }
}
