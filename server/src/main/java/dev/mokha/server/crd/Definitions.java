package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.crd.Compiler.Compiled;
import dev.mokha.server.crd.validation.CustomValidator;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.webhook.WebhookClient;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the CustomResourceDefinitions and keeps the catalog as they say; see the package's
 * comment for the lifecycle. One thread compares what is with what should be, whenever a definition
 * has changed; nothing depends on which changes it was woken by.
 *
 * <p>Every server does this for itself. What it writes into a definition's status is computed from
 * definitions alone, so servers over one store agree; the one that is late meets a conflict and
 * looks again.
 */
public final class Definitions implements AutoCloseable {
  /** The resource. */
  public static final GroupVersionResource RESOURCE =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");

  private static final Logger log = LoggerFactory.getLogger(Definitions.class);
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final ObjectCache cache;
  private final Catalog catalog;
  private final StorageResource definitions;
  private final Compiler compiler;
  private final Purge purge;
  private final InstantSource clock;
  private final Map<String, Known> known = new HashMap<>();
  private final Set<StorageResource> outdated = new HashSet<>();
  private final Set<StorageResource> gone = new HashSet<>();
  private final Set<StorageResource> emptied = new HashSet<>();
  private final Thread thread;
  private final Runnable waker;
  private ApiClient client;
  private volatile boolean woken;
  private volatile boolean closed;

  /**
   * A definition as it was last seen.
   *
   * @param served what is served of it; null when it is not
   * @param fingerprint of all that {@code served} was made from
   */
  private record Known(Definition definition, Compiled served, Fingerprint fingerprint) {}

  private record Fingerprint(String uid, JsonNode spec, JsonNode names, boolean deleting) {}

  /** Follows the definitions in that storage, once it is started. */
  public Definitions(
      ObjectStorage storage,
      Catalog catalog,
      CustomValidator.Factory validators,
      WebhookClient webhooks,
      InstantSource clock) {
    this.cache = storage.cache();
    this.catalog = requireNonNull(catalog, "catalog");
    this.definitions =
        catalog.find(RESOURCE.group(), RESOURCE.version(), RESOURCE.resource()).storage();
    this.compiler = new Compiler(validators, webhooks);
    this.purge = new Purge(storage, clock);
    this.clock = requireNonNull(clock, "clock");
    this.thread = Thread.ofVirtual().name("custom-resource-definitions").unstarted(this::run);
    this.waker =
        () -> {
          woken = true;
          LockSupport.unpark(thread);
        };
  }

  /**
   * Serves what is established, and goes on from there.
   *
   * @param self writes the definitions' status
   */
  public void start(ApiClient self) {
    this.client = requireNonNull(self, "self");
    cache.of(definitions).addWaker(waker);
    reconcile();
    thread.start();
  }

  private void run() {
    while (!closed) {
      woken = false;
      boolean again = true;
      try {
        again = reconcile();
      } catch (RuntimeException e) {
        if (!closed) {
          log.error("following the custom resource definitions failed; trying again", e);
        }
      }
      if (!woken && !closed) {
        // An interrupted thread would not park, but spin.
        Thread.interrupted();
        if (again) {
          LockSupport.parkNanos(this, RETRY_NANOS);
        } else {
          LockSupport.park(this);
        }
      }
    }
  }

  /** One round; returns whether it should be looked at again though no definition changes. */
  private boolean reconcile() {
    boolean removed = forgetRemoved();
    boolean changed = removed;
    for (KubeObject object : cache.list(RESOURCE.group(), RESOURCE.resource(), "")) {
      Known before = known.get(object.name());
      if (before == null
          || !before.definition.object().resourceVersion().equals(object.resourceVersion())
          // The names it waits for may be free now.
          || (removed && !before.definition.is("NamesAccepted"))) {
        changed |= look(Definition.of(object), before);
      }
    }
    if (changed) {
      List<ServedResource> served = new ArrayList<>();
      for (Known k : known.values()) {
        if (k.served != null) {
          served.addAll(k.served.resources());
        }
      }
      catalog.replaceCustom(served);
      endWatches();
    }
    // Only now: who sees a definition established can use its resources.
    boolean again = false;
    for (Known k : List.copyOf(known.values())) {
      again |= writeStatus(k.definition);
    }
    cleanUp();
    return again;
  }

  /** Drops what was served of definitions that are no more. */
  private boolean forgetRemoved() {
    boolean changed = false;
    for (Known k : List.copyOf(known.values())) {
      if (cache.find(definitions, k.definition.name()) == null) {
        known.remove(k.definition.name());
        if (k.served != null) {
          gone.add(k.served.storage());
          changed = true;
        }
      }
    }
    return changed;
  }

  /** Ends the watches of what looks different now, and drops what is gone. */
  private void endWatches() {
    outdated.forEach(cache::endWatches);
    outdated.clear();
    gone.forEach(cache::drop);
    emptied.removeAll(gone);
    gone.clear();
  }

  /** Looks at a new or changed definition; returns whether what is served changes. */
  private boolean look(Definition definition, Known before) {
    NameRules.Outcome names = names(definition);
    boolean serve = names.accepted() || definition.is("Established");
    Fingerprint now =
        new Fingerprint(
            definition.object().uid(),
            definition.spec(),
            names.acceptedNames(),
            definition.isDeleting());
    if (before != null && now.equals(before.fingerprint) && (before.served != null) == serve) {
      known.put(definition.name(), new Known(definition, before.served, now));
      return false;
    }
    Compiled served = null;
    if (serve) {
      try {
        served = compiler.compile(definition, names.acceptedNames(), cache.revision());
        cache.add(served.storage());
      } catch (RuntimeException e) {
        log.error("the definition {} can't be served", definition.name(), e);
      }
    }
    known.put(definition.name(), new Known(definition, served, now));
    if (before != null && before.served != null) {
      boolean samePlace =
          served != null && served.storage().prefix().equals(before.served.storage().prefix());
      if (!samePlace) {
        gone.add(before.served.storage());
      } else if (!now.spec.equals(before.fingerprint.spec)
          || !now.names.equals(before.fingerprint.names)) {
        outdated.add(served.storage());
      }
    }
    return served != null || (before != null && before.served != null);
  }

  private NameRules.Outcome names(Definition definition) {
    List<JsonNode> others = new ArrayList<>();
    for (Known k : known.values()) {
      if (!k.definition.name().equals(definition.name())
          && k.definition.group().equals(definition.group())) {
        others.add(k.fingerprint.names);
      }
    }
    return NameRules.judge(definition, others);
  }

  /** Writes what the status should be, if it is not; returns whether to try again later. */
  private boolean writeStatus(Definition definition) {
    ObjectNode wanted = status(definition);
    if (wanted.equals(definition.status())) {
      return false;
    }
    ObjectNode tree = definition.tree().deepCopy();
    tree.set("status", wanted);
    try {
      client.update(RESOURCE, "", "status", KubeObject.of(tree));
      return false;
    } catch (StatusException e) {
      if (e.isConflict() || e.isNotFound()) {
        return false; // It has changed: that wakes us.
      }
      log.warn("the status of {} can't be written: {}", definition.name(), e.getMessage());
      return true;
    }
  }

  private ObjectNode status(Definition definition) {
    ObjectNode status =
        definition.status() instanceof ObjectNode given
            ? given.deepCopy()
            : Json.MAPPER.createObjectNode();
    if (!(status.get("storedVersions") instanceof ArrayNode)) {
      status.putArray("storedVersions").add(definition.storageVersion());
    }
    NameRules.Outcome names = names(definition);
    status.set("acceptedNames", names.acceptedNames());
    Conditions conditions = new Conditions(status, clock.instant());
    conditions.set("NamesAccepted", names.accepted(), names.reason(), names.message());
    if (names.accepted()) {
      conditions.set(
          "Established", true, "InitialNamesAccepted", "the initial names have been accepted");
    } else if (!definition.is("Established")) {
      conditions.set("Established", false, "NotAccepted", "not all names are accepted");
    }
    if (ApprovalPolicy.concerns(definition.group())) {
      ApprovalPolicy.judge(definition, conditions);
    }
    return status;
  }

  /** Removes the objects of definitions that are deleted. */
  private void cleanUp() {
    for (Known k : List.copyOf(known.values())) {
      if (k.definition.isDeleting() && k.definition.hasFinalizer()) {
        if (k.served != null && emptied.add(k.served.storage())) {
          cache.of(k.served.storage()).addWaker(waker); // Finalizers may hold some for long.
        }
        finish(k.definition, k.served == null ? 0 : purge.run(k.served.storage()));
      }
    }
  }

  private void finish(Definition definition, int left) {
    ObjectNode tree = definition.tree().deepCopy();
    ObjectNode status = tree.withObject("/status");
    Conditions conditions = new Conditions(status, clock.instant());
    if (left > 0) {
      conditions.set(
          "Terminating",
          true,
          "InstanceDeletionInProgress",
          "CustomResource deletion is in progress");
    } else {
      conditions.set("Terminating", false, "InstanceDeletionCompleted", "removed all instances");
    }
    try {
      if (!status.equals(definition.status())) {
        KubeObject written = client.update(RESOURCE, "", "status", KubeObject.of(tree));
        tree = written.toTree();
      }
      if (left == 0) {
        ArrayNode kept = tree.withObject("/metadata").putArray("finalizers");
        for (JsonNode f : definition.tree().path("metadata").path("finalizers")) {
          if (!f.asString("").equals(Definition.FINALIZER)) {
            kept.add(f);
          }
        }
        client.update(RESOURCE, "", "", KubeObject.of(tree));
      }
    } catch (StatusException e) {
      if (!e.isConflict() && !e.isNotFound()) {
        log.warn("{} can't be removed: {}", definition.name(), e.getMessage());
      }
    }
  }

  /** Serves on what is served, and looks at definitions no more. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
