package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.PatchBody;
import dev.mokha.server.storage.ObjectCache;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The verb patch, in its four forms. */
final class Patcher {
  static final String APPLY = "application/apply-patch+yaml";
  private static final String STRATEGIC = "application/strategic-merge-patch+json";
  private static final Set<String> KNOWN =
      Set.of("application/json-patch+json", "application/merge-patch+json", STRATEGIC, APPLY);

  private final ObjectCache cache;
  private final ObjectModel model;
  private final Creator creator;
  private final Updater updater;

  Patcher(ObjectCache cache, ObjectModel model, Creator creator, Updater updater) {
    this.cache = requireNonNull(cache, "cache");
    this.model = requireNonNull(model, "model");
    this.creator = requireNonNull(creator, "creator");
    this.updater = requireNonNull(updater, "updater");
  }

  Answer patch(ApiCall call) {
    PatchBody body = body(call);
    ServedResource r = call.resource();
    if (body.mediaType().equals(APPLY)) {
      if (call.fieldManager().isEmpty()) {
        throw StatusException.badRequest("fieldManager is required for apply patch");
      }
      if (call.subresource().isEmpty() && cache.find(r.storage(), Updater.key(call)) == null) {
        ObjectNode object = model.apply(call, body, null);
        named(call, object);
        Metadata.place(call, object);
        return new Answer.One(201, r, creator.create(call, object));
      }
      return new Answer.One(200, r, updater.change(call, old -> model.apply(call, body, old)));
    }
    return new Answer.One(200, r, updater.change(call, old -> apply(call, body, old)));
  }

  private static void named(ApiCall call, ObjectNode object) {
    String name = Metadata.text(object, "name");
    if (!name.isEmpty() && !name.equals(call.name())) {
      throw StatusException.badRequest(
          "the name of the object (%s) does not match the name on the URL (%s)"
              .formatted(name, call.name()));
    }
    Metadata.of(object).put("name", call.name());
  }

  static PatchBody body(ApiCall call) {
    boolean custom = call.resource().isCustom();
    if (call.body() instanceof PatchBody body
        && KNOWN.contains(body.mediaType())
        && !(custom && body.mediaType().equals(STRATEGIC))) {
      return body;
    }
    if (custom) {
      throw new StatusException(
          StatusReason.UNSUPPORTED_MEDIA_TYPE,
          "the body of the request was in an unknown format - accepted media types include:"
              + " application/json-patch+json, application/merge-patch+json,"
              + " application/apply-patch+yaml",
          StatusException.Details.NONE);
    }
    throw new StatusException(
        StatusReason.UNSUPPORTED_MEDIA_TYPE,
        "the body of the request was in an unknown format - accepted media types include:"
            + " application/json-patch+json, application/merge-patch+json,"
            + " application/strategic-merge-patch+json, application/apply-patch+yaml,"
            + " application/apply-patch+cbor",
        StatusException.Details.NONE);
  }

  /** The live object with the patch applied, checked against its schema. */
  ObjectNode apply(ApiCall call, PatchBody body, ObjectNode live) {
    ObjectNode patched = model.patch(call.resource(), call.resource().type().gvk(), body, live);
    patched.put("kind", call.resource().type().kind());
    patched.put("apiVersion", call.resource().type().gvr().groupVersion());
    model.checkFields(call, body, patched);
    return patched;
  }
}
