package dev.mokha.server.admission.matching;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.authentication.UserInfo;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The request as webhooks and expressions see it: {@code AdmissionRequest} of admission.k8s.io. */
public final class RequestTree {
  private RequestTree() {}

  /** All of it but the uid and the objects. */
  public static ObjectNode of(AdmissionRequest request, Form form) {
    ObjectNode r = Json.MAPPER.createObjectNode();
    r.put("uid", "");
    kind(r.putObject("kind"), form.kind());
    resource(r.putObject("resource"), form.type().gvr());
    put(r, "subResource", request.subresource());
    kind(r.putObject("requestKind"), request.kind());
    resource(r.putObject("requestResource"), request.type().gvr());
    put(r, "requestSubResource", request.subresource());
    put(r, "name", request.name());
    put(r, "namespace", request.namespace());
    r.put("operation", request.operation().name());
    r.set("userInfo", user(request.user()));
    r.put("dryRun", request.dryRun());
    ObjectNode options = request.options();
    r.set("options", options.isEmpty() ? r.nullNode() : options);
    return r;
  }

  private static void kind(ObjectNode to, GroupVersionKind kind) {
    to.put("group", kind.group()).put("version", kind.version()).put("kind", kind.kind());
  }

  private static void resource(ObjectNode to, GroupVersionResource name) {
    to.put("group", name.group()).put("version", name.version()).put("resource", name.resource());
  }

  private static void put(ObjectNode to, String field, String value) {
    if (!value.isEmpty()) {
      to.put(field, value);
    }
  }

  private static ObjectNode user(UserInfo user) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("username", user.name());
    put(tree, "uid", user.uid());
    ArrayNode groups = tree.putArray("groups");
    user.groups().forEach(groups::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = tree.putObject("extra");
      user.extra()
          .forEach(
              (key, values) -> {
                ArrayNode list = extra.putArray(key);
                values.forEach(list::add);
              });
    }
    return tree;
  }
}
