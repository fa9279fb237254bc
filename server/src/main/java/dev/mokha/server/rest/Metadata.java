package dev.mokha.server.rest;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.names.GeneratedNames;
import dev.mokha.server.pipeline.ApiCall;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the server alone says in an object's metadata. */
final class Metadata {
  private static final GeneratedNames NAMES = new GeneratedNames(new SecureRandom());

  private Metadata() {}

  static ObjectNode of(ObjectNode object) {
    JsonNode m = object.get("metadata");
    return m instanceof ObjectNode node ? node : object.putObject("metadata");
  }

  static String text(ObjectNode object, String field) {
    return object.path("metadata").path(field).asString("");
  }

  /** Checks and completes the place of a new object: its namespace and its name. */
  static void place(ApiCall call, ObjectNode object) {
    ObjectNode meta = of(object);
    namespace(call, meta);
    if (!text(object, "resourceVersion").isEmpty()) {
      throw StatusException.badRequest(
          "resourceVersion should not be set on objects to be created");
    }
    String name = text(object, "name");
    String base = text(object, "generateName");
    if (name.isEmpty() && !base.isEmpty()) {
      meta.put("name", NAMES.name(base));
    }
  }

  static void namespace(ApiCall call, ObjectNode meta) {
    String namespace = meta.path("namespace").asString("");
    if (!call.resource().type().namespaced()) {
      if (!namespace.isEmpty()) {
        meta.remove("namespace");
      }
      return;
    }
    if (call.namespace().isEmpty()) {
      throw StatusException.badRequest("an empty namespace may not be set during creation");
    }
    if (namespace.isEmpty()) {
      meta.put("namespace", call.namespace());
    } else if (!namespace.equals(call.namespace())) {
      throw StatusException.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
  }

  /** A name already taken is tried again under another one, where it was generated. */
  static boolean generateAgain(ObjectNode object) {
    String base = text(object, "generateName");
    if (base.isEmpty()) {
      return false;
    }
    of(object).put("name", NAMES.name(base));
    return true;
  }

  /** What only the server may say of a new object. */
  static void born(ObjectNode object, Instant now, boolean countsGeneration) {
    ObjectNode meta = of(object);
    meta.remove("deletionTimestamp");
    meta.remove("deletionGracePeriodSeconds");
    meta.remove("selfLink");
    meta.remove("resourceVersion");
    meta.remove("managedFields");
    meta.put("uid", randomUid());
    meta.put("creationTimestamp", Times.of(now));
    if (countsGeneration) {
      meta.put("generation", 1);
    } else {
      meta.remove("generation");
    }
  }

  /** A random (version 4) UUID; uids need to be unique, not secret, so the fast source will do. */
  private static String randomUid() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & 0xffffffffffff0fffL) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** Refuses an update of another object than the one that is there. */
  static void checkIdentity(ApiCall call, ObjectNode updated, ObjectNode old) {
    String name = text(updated, "name");
    if (name.isEmpty()) {
      of(updated).put("name", call.name());
    } else if (!name.equals(call.name())) {
      throw StatusException.badRequest(
          "the name of the object (%s) does not match the name on the URL (%s)"
              .formatted(name, call.name()));
    }
    namespace(call, of(updated));
    String uid = text(updated, "uid");
    String oldUid = text(old, "uid");
    if (!uid.isEmpty() && !uid.equals(oldUid)) {
      throw StatusException.conflict(
          call.resource().group(),
          call.resource().resource(),
          call.name(),
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(uid, oldUid));
    }
  }

  /** The conflict of a client that changes an object it has not seen the newest state of. */
  static StatusException stale(ApiCall call) {
    return StatusException.conflict(
        call.resource().group(),
        call.resource().resource(),
        call.name(),
        "the object has been modified; please apply your changes to the latest version and try"
            + " again");
  }

  /** The conflict of a client that lost every race for something that others want too. */
  static StatusException busy(ApiCall call, String name) {
    return StatusException.conflict(
        call.resource().group(),
        call.resource().resource(),
        name,
        "what is stored together with the object is changed by others at this moment; please try"
            + " again");
  }

  /** Puts back what an update may not change. */
  static void keepServerFields(ObjectNode updated, ObjectNode old) {
    ObjectNode meta = of(updated);
    ObjectNode before = of(old);
    for (String field :
        new String[] {
          "uid",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "generation",
          "generateName"
        }) {
      JsonNode value = before.get(field);
      if (value == null) {
        if (!field.equals("generateName")) {
          meta.remove(field);
        }
      } else {
        meta.set(field, value);
      }
    }
    meta.remove("selfLink");
  }
}
