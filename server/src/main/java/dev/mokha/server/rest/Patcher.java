package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.PatchBody;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The verb patch, in its four forms. */
final class Patcher {
  static final String APPLY = "application/apply-patch+yaml";
  private static final Set<String> KNOWN =
      Set.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json",
          APPLY);

  private final ObjectModel model;
  private final Updater updater;

  Patcher(ObjectModel model, Updater updater) {
    this.model = requireNonNull(model, "model");
    this.updater = requireNonNull(updater, "updater");
  }

  Answer patch(ApiCall call) {
    PatchBody body = body(call);
    return new Answer.One(
        200, call.resource(), updater.change(call, old -> apply(call, body, old)));
  }

  static PatchBody body(ApiCall call) {
    if (call.body() instanceof PatchBody body && KNOWN.contains(body.mediaType())) {
      return body;
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
    ObjectNode patched = model.patch(call.resource().type().gvk(), body, live);
    patched.put("kind", call.resource().type().kind());
    patched.put("apiVersion", call.resource().type().gvr().groupVersion());
    model.checkFields(call, call.resource().type().gvk(), patched);
    return patched;
  }
}
