package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds the parameters that a binding names. */
final class Params {
  private final ObjectReader objects;
  private final ServedKinds kinds;

  Params(ObjectReader objects, ServedKinds kinds) {
    this.objects = requireNonNull(objects, "objects");
    this.kinds = requireNonNull(kinds, "kinds");
  }

  /** A binding that can't be used for a request, in words. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * The parameters; the policy is evaluated for each of them. A JSON null where it has none.
   *
   * @throws Unusable when there must be some and are not
   */
  List<JsonNode> of(Policy policy, Binding binding, AdmissionRequest request) throws Unusable {
    JsonNode ref = binding.paramRef();
    if (policy.paramKind().isEmpty() || !ref.isObject()) {
      return List.of(Json.MAPPER.getNodeFactory().nullNode());
    }
    GroupVersionKind kind = policy.paramKind().get();
    ResourceType type =
        kinds
            .find(kind)
            .orElseThrow(
                () ->
                    new Unusable(
                        "paramKind kind `%s, Kind=%s` not known"
                            .formatted(kind.apiVersion(), kind.kind())));
    String namespace = namespace(type, ref, request);
    List<JsonNode> found = new ArrayList<>();
    ServedKinds.StoredAs stored = kinds.storedAs(type);
    String name = ref.path("name").asString("");
    if (!name.isEmpty()) {
      Optional<KubeObject> one = objects.find(stored.group(), stored.resource(), namespace, name);
      one.ifPresent(o -> found.add(view(type, kind, o)));
    } else if (ref.path("selector").isObject()) {
      LabelSelector selector = LabelSelector.ofObject(ref.path("selector"));
      for (KubeObject o : objects.list(stored.group(), stored.resource(), namespace)) {
        if (selector.matches(o.labels())) {
          found.add(view(type, kind, o));
        }
      }
    }
    if (found.isEmpty() && ref.path("parameterNotFoundAction").asString("").equals("Deny")) {
      throw new Unusable("no params found for policy binding with `Deny` parameterNotFoundAction");
    }
    return found;
  }

  private static String namespace(ResourceType type, JsonNode ref, AdmissionRequest request)
      throws Unusable {
    String named = ref.path("namespace").asString("");
    if (!type.namespaced()) {
      if (!named.isEmpty()) {
        throw new Unusable(
            "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
      }
      return "";
    }
    String namespace = named.isEmpty() ? request.namespace() : named;
    if (namespace.isEmpty()) {
      throw new Unusable(
          "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
    }
    return namespace;
  }

  private JsonNode view(ResourceType type, GroupVersionKind kind, KubeObject stored) {
    ObjectNode tree = stored.toTree();
    boolean same =
        stored.apiVersion().equals(kind.apiVersion()) && stored.kind().equals(kind.kind());
    return same ? tree : kinds.convert(type, tree, kind);
  }
}
