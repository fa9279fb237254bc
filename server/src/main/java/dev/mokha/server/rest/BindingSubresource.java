package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code pods/binding}, and the older {@code bindings}: gives a pod its node, once. */
final class BindingSubresource implements Subresource {
  private static final GroupVersionKind BINDING = new GroupVersionKind("", "v1", "Binding");
  private static final int ATTEMPTS = 32;

  private final ObjectStorage storage;
  private final StorageResource pods;
  private final AdmissionChain admission;
  private final InstantSource clock;

  BindingSubresource(
      ObjectStorage storage, StorageResource pods, AdmissionChain admission, InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.pods = requireNonNull(pods, "pods");
    this.admission = requireNonNull(admission, "admission");
    this.clock = requireNonNull(clock, "clock");
  }

  @Override
  public Answer handle(ApiCall call) {
    if (!call.verb().equals("create")) {
      throw RestHandler.methodNotAllowed(call);
    }
    ObjectNode binding = call.object();
    String name = call.name().isEmpty() ? Metadata.text(binding, "name") : call.name();
    String node = binding.path("target").path("name").asString("");
    if (node.isEmpty()) {
      throw StatusException.invalid(
          "",
          "Binding",
          name,
          List.of(new StatusCause("FieldValueRequired", "Required value", "target.name")));
    }
    admission.admit(call, Operation.CREATE, BINDING, name, binding);
    for (int attempt = 1; ; attempt++) {
      StoredObject current = storage.cache().find(pods, pods.key(call.namespace(), name));
      if (current == null) {
        throw StatusException.notFound("", "pods", name);
      }
      try {
        ObjectNode pod = bound(current, binding, name, node);
        if (!call.dryRun()) {
          storage.update(pods, current, pod);
        }
        return Statuses.success(201);
      } catch (WriteConflict e) {
        if (attempt == ATTEMPTS) {
          throw conflict(
              name,
              "the object has been modified; please apply your changes to the latest version and"
                  + " try again");
        }
      }
    }
  }

  private ObjectNode bound(StoredObject current, ObjectNode binding, String name, String node) {
    ObjectNode pod = current.object().toTree();
    String uid = Metadata.text(binding, "uid");
    if (!uid.isEmpty() && !uid.equals(current.object().uid())) {
      throw conflict(
          name,
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(uid, current.object().uid()));
    }
    if (current.object().isDeleting()) {
      throw conflict(name, "pod %s is being deleted, cannot be assigned to a host".formatted(name));
    }
    String has = pod.path("spec").path("nodeName").asString("");
    if (!has.isEmpty()) {
      throw conflict(name, "pod %s is already assigned to node \"%s\"".formatted(name, has));
    }
    if (!pod.path("spec").path("schedulingGates").isEmpty()) {
      throw conflict(name, "pod %s has non-empty .spec.schedulingGates".formatted(name));
    }
    pod.withObject("/spec").put("nodeName", node);
    for (String map : List.of("annotations", "labels")) {
      JsonNode more = binding.path("metadata").path(map);
      if (!more.isEmpty()) {
        ObjectNode to = child(Metadata.of(pod), map);
        for (Map.Entry<String, JsonNode> e : more.properties()) {
          to.set(e.getKey(), e.getValue());
        }
      }
    }
    scheduled(child(pod, "status"));
    return pod;
  }

  private static ObjectNode child(ObjectNode parent, String field) {
    JsonNode node = parent.get(field);
    return node instanceof ObjectNode o ? o : parent.putObject(field);
  }

  private void scheduled(ObjectNode status) {
    ArrayNode conditions =
        status.get("conditions") instanceof ArrayNode a ? a : status.putArray("conditions");
    for (int i = conditions.size() - 1; i >= 0; i--) {
      if (conditions.get(i).path("type").asString("").equals("PodScheduled")) {
        conditions.remove(i);
      }
    }
    ObjectNode condition = conditions.addObject();
    condition.put("type", "PodScheduled").put("status", "True");
    condition.putNull("lastProbeTime");
    condition.put("lastTransitionTime", Times.of(clock.instant()));
  }

  private static StatusException conflict(String name, String because) {
    return StatusException.conflict("", "pods/binding", name, because);
  }
}
