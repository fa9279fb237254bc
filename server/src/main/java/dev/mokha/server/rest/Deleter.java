package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.Delete;
import dev.mokha.server.storage.ObjectStorage.Write;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The verbs delete and deletecollection. An object goes at once when nothing holds it; else it is
 * marked with {@code deletionTimestamp}, and goes when its grace is used up and its last finalizer
 * is removed.
 */
final class Deleter {
  private static final int ATTEMPTS = 64;
  private static final String FOREGROUND = "foregroundDeletion";
  private static final String ORPHAN = "orphan";

  private final ObjectStorage storage;
  private final AdmissionChain admission;
  private final Strategies strategies;
  private final InstantSource clock;
  private final Lists lists;

  Deleter(
      ObjectStorage storage, AdmissionChain admission, Strategies strategies, InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.admission = requireNonNull(admission, "admission");
    this.strategies = requireNonNull(strategies, "strategies");
    this.clock = requireNonNull(clock, "clock");
    this.lists = new Lists(storage.cache());
  }

  /**
   * What became of an object.
   *
   * @param gone whether it is removed; else it is marked
   * @param object as it was last, or as it is now
   */
  private record Outcome(boolean gone, StoredObject object) {}

  Answer delete(ApiCall call) {
    Outcome outcome = delete(call, DeleteOptions.of(call), call.name(), true);
    ServedResource r = call.resource();
    if (!outcome.gone || strategies.of(r).returnsDeleted()) {
      return new Answer.One(200, r, outcome.object);
    }
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Success");
    ObjectNode details = status.putObject("details");
    details.put("name", call.name());
    if (!r.group().isEmpty()) {
      details.put("group", r.group());
    }
    details.put("kind", r.resource()).put("uid", outcome.object.object().uid());
    return new Answer.Tree(200, status);
  }

  Answer deleteCollection(ApiCall call) {
    ListRules.checkList(call.query());
    DeleteOptions options = DeleteOptions.of(call);
    Selection selection = Selection.of(call);
    Lists.Page page =
        lists.first(call.resource().storage(), selection.scope(), selection.test(), 0);
    List<StoredObject> deleted = new ArrayList<>();
    for (StoredObject o : page.items()) {
      ApiCall one =
          new ApiCall(
              call.user(),
              "delete",
              call.resource(),
              "",
              o.object().namespace(),
              o.object().name(),
              "",
              call.query(),
              call.fieldManager(),
              call.body(),
              call.warnings(),
              call.audit());
      try {
        deleted.add(delete(one, options, o.object().name(), true).object);
      } catch (StatusException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    return new Answer.Many(call.resource(), new Lists.Page(page.revision(), deleted, "", 0), "");
  }

  /** Deletes without asking admission, which was asked about the eviction. */
  void evict(ApiCall call) {
    delete(call, DeleteOptions.of(call), call.name(), false);
  }

  private Outcome delete(ApiCall call, DeleteOptions options, String name, boolean ask) {
    ServedResource r = call.resource();
    String key = r.storage().key(call.namespace(), name);
    for (int attempt = 1; ; attempt++) {
      StoredObject current = storage.cache().find(r.storage(), key);
      if (current == null) {
        throw StatusException.notFound(r.group(), r.resource(), name);
      }
      KubeObject view = r.view(current);
      checkPreconditions(call, options, view);
      if (ask) {
        AdmissionChain.Admission way =
            admission.begin(call, Operation.DELETE, name, null, view, options.tree());
        way.mutate();
        way.validate();
      }
      try {
        return delete(call, options, current, view);
      } catch (WriteConflict e) {
        if (attempt == ATTEMPTS) {
          throw Metadata.stale(call);
        }
      }
    }
  }

  private void checkPreconditions(ApiCall call, DeleteOptions options, KubeObject view) {
    ServedResource r = call.resource();
    if (!options.uid().isEmpty() && !options.uid().equals(view.uid())) {
      throw StatusException.conflict(
          r.group(),
          r.resource(),
          view.name(),
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(options.uid(), view.uid()));
    }
    if (!options.resourceVersion().isEmpty()
        && !options.resourceVersion().equals(view.resourceVersion())) {
      throw StatusException.conflict(
          r.group(),
          r.resource(),
          view.name(),
          "Precondition failed: ResourceVersion in precondition: %s, ResourceVersion in object meta: %s"
              .formatted(options.resourceVersion(), view.resourceVersion()));
    }
  }

  private Outcome delete(
      ApiCall call, DeleteOptions options, StoredObject current, KubeObject view) {
    ServedResource r = call.resource();
    Strategy strategy = strategies.of(r);
    ObjectNode tree = current.object().toTree();
    ObjectNode meta = Metadata.of(tree);
    boolean marked = meta.has("deletionTimestamp");
    long grace = Math.max(0, strategy.gracePeriod(tree, options.gracePeriod()));
    long left = meta.path("deletionGracePeriodSeconds").asLong(0);
    boolean shorter = marked && grace < left;
    finalizers(strategy, options, meta);
    boolean held = !meta.path("finalizers").isEmpty() || strategy.heldBeyondFinalizers(tree);
    if (marked && !shorter && (left > 0 || held)) {
      // Already on its way, and this call does not hurry it; a new finalizer still counts.
      return new Outcome(false, store(call, current, tree));
    }
    if (grace > 0 || held) {
      if (!marked || shorter) {
        meta.put("deletionTimestamp", Times.of(clock.instant().plusSeconds(grace)));
        meta.put("deletionGracePeriodSeconds", grace);
        if (!marked && meta.path("generation").asLong(0) > 0) {
          meta.put("generation", meta.path("generation").asLong() + 1);
        }
      }
      strategy.prepareMark(tree);
      return new Outcome(false, store(call, current, tree));
    }
    if (call.dryRun()) {
      return new Outcome(true, current);
    }
    List<Write> more = strategy.alongsideDelete(call, view);
    if (more.isEmpty()) {
      return new Outcome(true, storage.delete(r.storage(), current));
    }
    List<Write> all = new ArrayList<>();
    all.add(new Delete(r.storage(), current));
    all.addAll(more);
    return new Outcome(true, storage.commit(all).get(0));
  }

  private StoredObject store(ApiCall call, StoredObject current, ObjectNode tree) {
    return call.dryRun()
        ? storage.pretend(call.resource().storage(), current.key(), tree)
        : storage.update(call.resource().storage(), current, tree);
  }

  /** The garbage collector's work to do before the object may go, written as finalizers. */
  private static void finalizers(Strategy strategy, DeleteOptions options, ObjectNode meta) {
    Set<String> finalizers = new TreeSet<>();
    boolean orphan = false;
    boolean foreground = false;
    for (JsonNode f : meta.path("finalizers")) {
      switch (f.asString()) {
        case ORPHAN -> orphan = true;
        case FOREGROUND -> foreground = true;
        default -> {}
      }
    }
    switch (options.propagation()) {
      case "Orphan" -> {
        orphan = true;
        foreground = false;
      }
      case "Foreground" -> {
        orphan = false;
        foreground = true;
      }
      case "Background" -> {
        orphan = false;
        foreground = false;
      }
      default -> {
        if (!orphan && !foreground && strategy.orphansByDefault()) {
          orphan = true;
        }
      }
    }
    ArrayNode kept = meta.arrayNode();
    for (JsonNode f : meta.path("finalizers")) {
      String text = f.asString();
      if (!text.equals(ORPHAN) && !text.equals(FOREGROUND) && finalizers.add(text)) {
        kept.add(text);
      }
    }
    if (orphan) {
      kept.add(ORPHAN);
    }
    if (foreground) {
      kept.add(FOREGROUND);
    }
    if (kept.isEmpty()) {
      meta.remove("finalizers");
    } else {
      meta.set("finalizers", kept);
    }
  }
}
