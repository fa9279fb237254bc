package dev.mokha.server.admission.expressions;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.cel.library.AuthorizerValue;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.ObjectForms;
import dev.mokha.server.admission.matching.RequestTree;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.storage.ObjectReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * Gives the variables of expressions their values for one request; what is not read is not made.
 */
public final class RequestVariables {
  private final ObjectForms forms;
  private final ObjectReader objects;
  private final Authorizer authorizer;

  /** Values from these. */
  public RequestVariables(ObjectForms forms, ObjectReader objects, Authorizer authorizer) {
    this.forms = requireNonNull(forms, "forms");
    this.objects = requireNonNull(objects, "objects");
    this.authorizer = requireNonNull(authorizer, "authorizer");
  }

  /** The forms of the request's objects. */
  public ObjectForms forms() {
    return forms;
  }

  /**
   * The values, but for {@code params} and {@code variables}.
   *
   * @param withNamespace whether {@code namespaceObject} has a value
   */
  public Map<String, Object> of(AdmissionRequest request, Form form, boolean withNamespace) {
    Map<String, Object> values = new HashMap<>();
    values.put("object", (Supplier<Object>) () -> orNull(forms.object(request, form)));
    values.put("oldObject", (Supplier<Object>) () -> orNull(forms.old(request, form)));
    values.put("request", (Supplier<Object>) () -> RequestTree.of(request, form));
    values.put(
        "namespaceObject",
        withNamespace
            ? (Supplier<Object>) () -> namespace(request)
            : Json.MAPPER.getNodeFactory().nullNode());
    AuthorizerValue asked = new AuthorizerValue(q -> decide(request.user(), q));
    values.put("authorizer", asked);
    values.put(
        "authorizer.requestResource",
        AuthorizerValue.ResourceCheck.of(
            asked,
            form.type().gvr().group(),
            form.type().gvr().resource(),
            request.subresource(),
            request.namespace(),
            request.name()));
    return values;
  }

  private static JsonNode orNull(JsonNode tree) {
    return tree == null ? Json.MAPPER.getNodeFactory().nullNode() : tree;
  }

  /** A namespace is in none, not even in itself. */
  private JsonNode namespace(AdmissionRequest request) {
    if (request.namespace().isEmpty() || !request.type().namespaced()) {
      return Json.MAPPER.getNodeFactory().nullNode();
    }
    return orNull(
        objects
            .find("", "namespaces", "", request.namespace())
            .map(KubeObject::toTree)
            .orElse(null));
  }

  private AuthorizerValue.Answer decide(UserInfo user, AuthorizerValue.Question q) {
    UserInfo who = q.serviceAccount().isEmpty() ? user : account(q);
    Attributes wish =
        q.path().isEmpty()
            ? new Attributes(
                who,
                q.verb(),
                true,
                q.group(),
                "*",
                q.resource(),
                q.subresource(),
                q.namespace(),
                q.name(),
                "",
                q.labelSelector(),
                q.fieldSelector())
            : Attributes.ofPath(who, q.verb(), q.path());
    Decision decision = authorizer.authorize(wish);
    return new AuthorizerValue.Answer(decision.allowed(), decision.reason(), "");
  }

  private static UserInfo account(AuthorizerValue.Question q) {
    String namespace = q.serviceAccountNamespace();
    return UserInfo.authenticated(
        "system:serviceaccount:%s:%s".formatted(namespace, q.serviceAccount()),
        List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace));
  }
}
