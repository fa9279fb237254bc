package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authentication.UserTree;
import dev.mokha.server.rest.VirtualResource.Call;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The reviews of {@code authorization.k8s.io/v1}: may this user do that; may I; what may I do at
 * all in a namespace.
 */
public final class AccessReviews {
  private static final String API = "authorization.k8s.io/v1";

  private final Authorizer authorizer;

  /** Reviews what that authorizer decides. */
  public AccessReviews(Authorizer authorizer) {
    this.authorizer = requireNonNull(authorizer);
  }

  /** {@code subjectaccessreviews}. */
  public ObjectNode reviewSubject(Call call, ObjectNode body) {
    return answer("SubjectAccessReview", body, subject(body.path("spec")));
  }

  /** {@code localsubjectaccessreviews}, for one namespace. */
  public ObjectNode reviewSubjectIn(Call call, ObjectNode body) {
    JsonNode asked = body.path("spec").path("resourceAttributes").path("namespace");
    if (!call.namespace().equals(asked.asString(""))) {
      throw invalid(
          "spec.resourceAttributes.namespace",
          "\"" + asked.asString("") + "\"",
          "must match metadata.namespace");
    }
    return answer("LocalSubjectAccessReview", body, subject(body.path("spec")));
  }

  /** {@code selfsubjectaccessreviews}. */
  public ObjectNode reviewSelf(Call call, ObjectNode body) {
    return answer("SelfSubjectAccessReview", body, call.user());
  }

  private static UserInfo subject(JsonNode spec) {
    String user = spec.path("user").asString("");
    List<String> groups = UserTree.strings(spec.path("groups"));
    if (user.isEmpty() && groups.isEmpty()) {
      throw invalid("spec.user", "\"\"", "at least one of user or group must be specified");
    }
    return new UserInfo(
        user, spec.path("uid").asString(""), groups, UserTree.extra(spec.path("extra")));
  }

  private ObjectNode answer(String kind, ObjectNode body, UserInfo user) {
    Decision decision = authorizer.authorize(wish(user, body.path("spec")));
    body.put("apiVersion", API).put("kind", kind);
    ObjectNode status = body.putObject("status");
    status.put("allowed", decision.allowed());
    if (decision.outcome() == Decision.Outcome.DENY) {
      status.put("denied", true);
    }
    if (!decision.reason().isEmpty()) {
      status.put("reason", decision.reason());
    }
    return body;
  }

  private static Attributes wish(UserInfo user, JsonNode spec) {
    JsonNode resource = spec.path("resourceAttributes");
    JsonNode path = spec.path("nonResourceAttributes");
    boolean hasResource = resource.isObject();
    if (!hasResource && !path.isObject()) {
      throw invalid(
          "spec.resourceAttributes",
          "null",
          "exactly one of nonResourceAttributes or resourceAttributes must be specified");
    }
    if (hasResource && path.isObject()) {
      throw invalid(
          "spec.nonResourceAttributes",
          path.toString(),
          "cannot be specified in combination with resourceAttributes");
    }
    checkSelector(resource, "fieldSelector");
    checkSelector(resource, "labelSelector");
    if (!hasResource) {
      return Attributes.ofPath(user, text(path, "verb"), text(path, "path"));
    }
    return new Attributes(
        user,
        text(resource, "verb"),
        true,
        text(resource, "group"),
        text(resource, "version"),
        text(resource, "resource"),
        text(resource, "subresource"),
        text(resource, "namespace"),
        text(resource, "name"),
        "",
        selector(resource.path("labelSelector")),
        selector(resource.path("fieldSelector")));
  }

  private static void checkSelector(JsonNode resource, String field) {
    JsonNode selector = resource.path(field);
    if (!text(selector, "rawSelector").isEmpty() && !selector.path("requirements").isEmpty()) {
      throw invalid(
          "spec.resourceAttributes." + field + ".rawSelector",
          selector.get("rawSelector").toString(),
          "may not specified at the same time as requirements");
    }
  }

  private static StatusException invalid(String field, String value, String why) {
    return StatusException.invalid(
        "authorization.k8s.io",
        "",
        "",
        List.of(
            new StatusCause("FieldValueInvalid", "Invalid value: " + value + ": " + why, field)));
  }

  /** A selector's text; its requirements are written as {@code key=value} where they can be. */
  private static String selector(JsonNode selector) {
    if (selector.has("rawSelector")) {
      return text(selector, "rawSelector");
    }
    List<String> parts = new ArrayList<>();
    for (JsonNode requirement : selector.path("requirements")) {
      JsonNode values = requirement.path("values");
      if (text(requirement, "operator").equals("In") && values.size() == 1) {
        parts.add(text(requirement, "key") + "=" + values.get(0).asString(""));
      }
    }
    return String.join(",", parts);
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  /** {@code selfsubjectrulesreviews}. */
  public ObjectNode reviewRules(Call call, ObjectNode body) {
    String namespace = text(body.path("spec"), "namespace");
    if (namespace.isEmpty()) {
      throw StatusException.badRequest("no namespace on request");
    }
    Authorizer.Rules rules = authorizer.rulesFor(call.user(), namespace);
    body.put("apiVersion", API).put("kind", "SelfSubjectRulesReview");
    ObjectNode status = body.putObject("status");
    ArrayNode resources = status.putArray("resourceRules");
    for (Authorizer.ResourceRule rule : rules.resourceRules()) {
      ObjectNode tree = resources.addObject();
      put(tree, "verbs", rule.verbs());
      put(tree, "apiGroups", rule.apiGroups());
      put(tree, "resources", rule.resources());
      put(tree, "resourceNames", rule.resourceNames());
    }
    ArrayNode paths = status.putArray("nonResourceRules");
    for (Authorizer.PathRule rule : rules.pathRules()) {
      ObjectNode tree = paths.addObject();
      put(tree, "verbs", rule.verbs());
      put(tree, "nonResourceURLs", rule.nonResourceUrls());
    }
    status.put("incomplete", false);
    return body;
  }

  private static void put(ObjectNode tree, String field, List<String> values) {
    if (!values.isEmpty()) {
      values.forEach(tree.putArray(field)::add);
    }
  }
}
