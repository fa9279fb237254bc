package dev.mokha.server.admission.matching;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.admission.AdmissionRequest;
import tools.jackson.databind.node.ObjectNode;

/** The objects of a request in the form in which somebody wants to see them. */
public final class ObjectForms {
  private final ServedKinds kinds;

  /** Converts by these. */
  public ObjectForms(ServedKinds kinds) {
    this.kinds = requireNonNull(kinds, "kinds");
  }

  /** The new object; shared with the request unless it had to be converted. Null for DELETE. */
  public ObjectNode object(AdmissionRequest request, Form form) {
    ObjectNode object = request.object();
    if (object == null || form.kind().equals(request.kind())) {
      return object == null ? null : named(object, request.kind());
    }
    return named(kinds.convert(request.type(), object.deepCopy(), form.kind()), form.kind());
  }

  /** The stored object; null when there is none. */
  public ObjectNode old(AdmissionRequest request, Form form) {
    KubeObject old = request.oldObject().orElse(null);
    if (old == null) {
      return null;
    }
    ObjectNode tree = old.toTree();
    return named(
        form.kind().equals(request.kind())
            ? tree
            : kinds.convert(request.type(), tree, form.kind()),
        form.kind());
  }

  /**
   * Makes an object that somebody changed in his form the request's object: pruned, defaulted and
   * converted back.
   *
   * @throws dev.mokha.api.error.StatusException when it is no object of its kind any more
   */
  public void replace(AdmissionRequest request, Form form, ObjectNode changed) {
    kinds.complete(form.type(), form.kind(), changed);
    ObjectNode back =
        form.kind().equals(request.kind())
            ? changed
            : kinds.convert(request.type(), changed, request.kind());
    request.object().removeAll();
    request.object().setAll(named(back, request.kind()));
  }

  private static ObjectNode named(ObjectNode object, GroupVersionKind kind) {
    if (!object.path("kind").asString("").equals(kind.kind())
        || !object.path("apiVersion").asString("").equals(kind.apiVersion())) {
      object.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    }
    return object;
  }
}
