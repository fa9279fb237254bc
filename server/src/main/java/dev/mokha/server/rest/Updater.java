package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.Delete;
import dev.mokha.server.storage.ObjectStorage.Update;
import dev.mokha.server.storage.ObjectStorage.Write;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The verb update, and the core of every other change of a stored object: read, change, check,
 * write; and again when someone else was faster, unless the client said which state it means.
 */
final class Updater {
  private static final int ATTEMPTS = 64;

  private final ObjectStorage storage;
  private final ObjectModel model;
  private final AdmissionChain admission;
  private final Strategies strategies;
  private final Creator creator;
  private final InstantSource clock;

  Updater(
      ObjectStorage storage,
      ObjectModel model,
      AdmissionChain admission,
      Strategies strategies,
      Creator creator,
      InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.model = requireNonNull(model, "model");
    this.admission = requireNonNull(admission, "admission");
    this.strategies = requireNonNull(strategies, "strategies");
    this.creator = requireNonNull(creator, "creator");
    this.clock = requireNonNull(clock, "clock");
  }

  Answer update(ApiCall call) {
    ServedResource r = call.resource();
    if (storage.cache().find(r.storage(), key(call)) == null
        && call.subresource().isEmpty()
        && strategies.of(r).createsOnUpdate()) {
      ObjectNode object = call.object();
      if (Metadata.text(object, "resourceVersion").isEmpty()
          && Metadata.text(object, "uid").isEmpty()) {
        Metadata.of(object).put("name", call.name());
        Metadata.place(call, object);
        return new Answer.One(201, r, creator.create(call, object));
      }
    }
    ObjectNode sent = call.object();
    return new Answer.One(200, r, change(call, old -> sent.deepCopy()));
  }

  /**
   * Changes the object the call names.
   *
   * @param change from the present object, which it must leave as it is, to the wanted one
   */
  StoredObject change(ApiCall call, UnaryOperator<ObjectNode> change) {
    return change(call, change, AdmissionForm.WHOLE);
  }

  /**
   * Changes the object the call names.
   *
   * @param change from the present object, which it must leave as it is, to the wanted one
   * @param form what of it admission sees
   */
  StoredObject change(ApiCall call, UnaryOperator<ObjectNode> change, AdmissionForm form) {
    ServedResource r = call.resource();
    for (int attempt = 1; ; attempt++) {
      StoredObject current = storage.cache().find(r.storage(), key(call));
      if (current == null) {
        throw StatusException.notFound(r.group(), r.resource(), call.name());
      }
      KubeObject view = r.view(current);
      ObjectNode old = view.toTree();
      ObjectNode updated = change.apply(old);
      String wanted = Metadata.text(updated, "resourceVersion");
      Metadata.checkIdentity(call, updated, old);
      if (wanted.isEmpty() && r.isCustom() && call.verb().equals("update") && !isScale(call)) {
        throw StatusException.invalid(
            r.group(),
            r.resource(),
            call.name(),
            List.of(
                new StatusCause(
                    "FieldValueInvalid",
                    "Invalid value: 0: must be specified for an update",
                    "metadata.resourceVersion")));
      }
      if (!wanted.isEmpty() && !wanted.equals(view.resourceVersion())) {
        throw Metadata.stale(call);
      }
      try {
        return write(call, current, view, updated, old, form);
      } catch (WriteConflict e) {
        boolean meantThisState =
            call.verb().equals("update")
                && !wanted.isEmpty()
                && e.key().equals(r.storage().prefix() + current.key());
        if (meantThisState || attempt == ATTEMPTS) {
          throw Metadata.stale(call);
        }
      }
    }
  }

  private StoredObject write(
      ApiCall call,
      StoredObject current,
      KubeObject view,
      ObjectNode updated,
      ObjectNode old,
      AdmissionForm form) {
    ServedResource r = call.resource();
    model.setDefaults(r, updated);
    separate(call, updated, old);
    // What admission and the server itself add belongs to nobody.
    model.recordManager(call, updated, old);
    ObjectNode shown = form.show(updated);
    AdmissionChain.Admission way =
        admission.begin(
            call, Operation.UPDATE, form.kind(r), call.name(), shown, form.show(view), null);
    try (way) {
      return write(call, current, view, updated, old, way, form, shown);
    }
  }

  private StoredObject write(
      ApiCall call,
      StoredObject current,
      KubeObject view,
      ObjectNode updated,
      ObjectNode old,
      AdmissionChain.Admission way,
      AdmissionForm form,
      ObjectNode shown) {
    ServedResource r = call.resource();
    Strategy strategy = strategies.of(r);
    if (way.mutate()) {
      form.take(shown, updated);
      Metadata.checkIdentity(call, updated, old);
      model.setDefaults(r, updated);
      separate(call, updated, old);
    }
    if (call.subresource().isEmpty()) {
      strategy.prepareUpdate(call, updated, old);
    } else {
      strategy.preparePart(call, updated, old, clock);
    }
    if (strategy.countsGeneration() && specChanged(call, updated, old)) {
      Metadata.of(updated).put("generation", view.generation() + 1);
    }
    List<Write> claims = strategy.alongside(call, updated, view);
    model.validateUpdate(r, call.subresource(), updated, old);
    way.validate();
    List<Write> more = Creator.together(claims, way.alongside(storage));
    ObjectNode stored =
        r.storedAsServed()
            ? updated
            : r.conversion().convert(updated.deepCopy(), r.storage().stored());
    if (call.dryRun()) {
      return storage.pretend(r.storage(), current.key(), stored);
    }
    if (nothingHoldsIt(updated)) {
      List<Write> all = new ArrayList<>();
      all.add(new Delete(r.storage(), current));
      all.addAll(strategy.alongsideDelete(call, view));
      storage.commit(all);
      return storage.pretend(r.storage(), current.key(), stored);
    }
    if (more.isEmpty()) {
      return storage.update(r.storage(), current, stored);
    }
    List<Write> all = new ArrayList<>();
    all.add(new Update(r.storage(), current, stored));
    all.addAll(more);
    return storage.commit(all).get(0);
  }

  /** True when deletion waited for the last finalizer, and it is gone now. */
  private static boolean nothingHoldsIt(ObjectNode object) {
    JsonNode meta = object.path("metadata");
    return meta.has("deletionTimestamp")
        && meta.path("finalizers").isEmpty()
        && meta.path("deletionGracePeriodSeconds").asLong(0) == 0
        && !(object.path("kind").asString("").equals("Namespace")
            && !object.path("spec").path("finalizers").isEmpty());
  }

  /** Each path changes its own part of an object, and leaves the others as they are. */
  private static void separate(ApiCall call, ObjectNode updated, ObjectNode old) {
    if (Parts.isPart(call.subresource())) {
      Parts.onlyPart(call.subresource(), updated, old);
    }
    Metadata.keepServerFields(updated, old);
    boolean hasStatus = call.resource().type().subresource("status").isPresent();
    switch (call.subresource()) {
      case "" -> {
        if (hasStatus) {
          put(updated, old, "status");
        }
      }
      case "status" -> {
        for (Map.Entry<String, JsonNode> e : old.properties()) {
          switch (e.getKey()) {
            case "status", "metadata", "kind", "apiVersion" -> {}
            default -> updated.set(e.getKey(), e.getValue());
          }
        }
        updated
            .propertyNames()
            .removeIf(
                f ->
                    !f.equals("status")
                        && !f.equals("metadata")
                        && !f.equals("kind")
                        && !f.equals("apiVersion")
                        && !old.has(f));
        if (call.resource().isCustom()) {
          // Nothing of its metadata can be changed through the status.
          JsonNode owners = updated.path("metadata").get("managedFields");
          JsonNode revision = updated.path("metadata").get("resourceVersion");
          ObjectNode kept = Metadata.of(old).deepCopy();
          if (owners != null) {
            kept.set("managedFields", owners);
          }
          if (revision != null) {
            kept.set("resourceVersion", revision);
          }
          updated.set("metadata", kept);
        } else {
          for (String field : List.of("ownerReferences", "finalizers")) {
            put(Metadata.of(updated), Metadata.of(old), field);
          }
        }
      }
      default -> {}
    }
  }

  private static void put(ObjectNode to, ObjectNode from, String field) {
    JsonNode value = from.get(field);
    if (value == null) {
      to.remove(field);
    } else {
      to.set(field, value);
    }
  }

  private static boolean specChanged(ApiCall call, ObjectNode updated, ObjectNode old) {
    ResourceType type = call.resource().type();
    // The status of a custom resource that does not say what it is counts like all else.
    boolean plainStatus = call.resource().isCustom() && type.subresource("status").isEmpty();
    for (Map.Entry<String, JsonNode> e : updated.properties()) {
      boolean counts =
          switch (e.getKey()) {
            case "kind", "apiVersion", "metadata" -> false;
            case "status" -> plainStatus;
            default -> true;
          };
      if (counts && !e.getValue().equals(old.get(e.getKey()))) {
        return true;
      }
    }
    return old.propertyNames().stream()
        .anyMatch(
            f -> !f.equals("metadata") && !updated.has(f) && (plainStatus || !f.equals("status")));
  }

  private static boolean isScale(ApiCall call) {
    return call.subresource().equals("scale");
  }

  static String key(ApiCall call) {
    return call.resource().storage().key(call.namespace(), call.name());
  }
}
