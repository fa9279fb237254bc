package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.Create;
import dev.mokha.server.storage.ObjectStorage.Write;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The verb create, for objects that are stored. */
final class Creator {
  private static final int ATTEMPTS = 64;

  private final ObjectStorage storage;
  private final ObjectModel model;
  private final AdmissionChain admission;
  private final Strategies strategies;
  private final InstantSource clock;

  Creator(
      ObjectStorage storage,
      ObjectModel model,
      AdmissionChain admission,
      Strategies strategies,
      InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.model = requireNonNull(model, "model");
    this.admission = requireNonNull(admission, "admission");
    this.strategies = requireNonNull(strategies, "strategies");
    this.clock = requireNonNull(clock, "clock");
  }

  Answer create(ApiCall call) {
    ObjectNode object = call.object();
    Metadata.place(call, object);
    return new Answer.One(201, call.resource(), create(call, object));
  }

  /** Creates an object that has its place. */
  StoredObject create(ApiCall call, ObjectNode object) {
    ServedResource r = call.resource();
    Strategy strategy = strategies.of(r);
    WithoutController.warn(call);
    model.setDefaults(r, object);
    // What admission and the server itself add belongs to nobody.
    model.recordManager(call, object, null);
    AdmissionChain.Admission way =
        admission.begin(call, Operation.CREATE, Metadata.text(object, "name"), object, null, null);
    if (way.mutate()) {
      Metadata.namespace(call, Metadata.of(object));
      model.setDefaults(r, object);
    }
    JsonNode owners = object.path("metadata").get("managedFields");
    Metadata.born(object, clock.instant(), strategy.countsGeneration());
    if (owners != null) {
      Metadata.of(object).set("managedFields", owners);
    }
    if (!strategy.keepsStatusOnCreate() && r.type().subresource("status").isPresent()) {
      object.remove("status");
      model.setDefaults(r, object);
    }
    strategy.prepareCreate(call, object);
    try (way) {
      return store(call, object, strategy, way);
    }
  }

  private StoredObject store(
      ApiCall call, ObjectNode object, Strategy strategy, AdmissionChain.Admission way) {
    ServedResource r = call.resource();
    ObjectNode template = strategy.claims() ? object.deepCopy() : null;
    for (int attempt = 1; ; attempt++) {
      if (template != null && attempt > 1) {
        object.removeAll();
        object.setAll(template.deepCopy());
      }
      List<Write> claims = strategy.alongside(call, object, null);
      model.validateCreate(r, object);
      way.validate();
      try {
        return store(call, object, together(claims, way.alongside(storage)));
      } catch (WriteConflict e) {
        boolean own = e.key().equals(r.storage().prefix() + key(r, object));
        if (own && (attempt == ATTEMPTS || !Metadata.generateAgain(object))) {
          throw StatusException.alreadyExists(
              r.group(), r.resource(), Metadata.text(object, "name"));
        }
        if (attempt == ATTEMPTS) {
          throw Metadata.busy(call, Metadata.text(object, "name"));
        }
      }
    }
  }

  private StoredObject store(ApiCall call, ObjectNode object, List<Write> more) {
    ServedResource r = call.resource();
    ObjectNode stored =
        r.storedAsServed()
            ? object
            : r.conversion().convert(object.deepCopy(), r.storage().stored());
    String key = key(r, object);
    if (call.dryRun()) {
      if (storage.cache().find(r.storage(), key) != null) {
        throw StatusException.alreadyExists(r.group(), r.resource(), Metadata.text(object, "name"));
      }
      return storage.pretend(r.storage(), key, stored);
    }
    if (more.isEmpty()) {
      return storage.commit(new Create(r.storage(), key, stored));
    }
    List<Write> all = new ArrayList<>();
    all.add(new Create(r.storage(), key, stored));
    all.addAll(more);
    return storage.commit(all).get(0);
  }

  static List<Write> together(List<Write> some, List<Write> more) {
    if (more.isEmpty()) {
      return some;
    }
    List<Write> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private static String key(ServedResource r, ObjectNode object) {
    return r.storage().key(Metadata.text(object, "namespace"), Metadata.text(object, "name"));
  }
}
