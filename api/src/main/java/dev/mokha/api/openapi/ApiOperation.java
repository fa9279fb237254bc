package dev.mokha.api.openapi;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.List;

/**
 * One method of one path, in a form that both versions of OpenAPI are written from.
 *
 * @param method HTTP method in lower case
 * @param id unique name, such as {@code readCoreV1NamespacedPod}
 * @param summary one sentence
 * @param action the value of {@code x-kubernetes-action}
 * @param kind the kind that it is about
 * @param parameters of the query
 * @param body the definition of the request's body; empty for none
 * @param bodyRequired whether there must be a body
 * @param response the definition of a successful answer's body; empty for a plain string
 * @param codes the HTTP codes of success
 * @param custom whether it is about a custom resource, which has no protobuf form
 */
record ApiOperation(
    String method,
    String id,
    String summary,
    String action,
    GroupVersionKind kind,
    List<Parameter> parameters,
    String body,
    boolean bodyRequired,
    String response,
    List<Integer> codes,
    boolean custom) {
  private static final List<String> PLAIN =
      List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");
  private static final List<String> PATCHES =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json",
          "application/apply-patch+yaml");
  private static final List<String> CUSTOM_PATCHES =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/apply-patch+yaml");

  /**
   * A parameter of the path or the query.
   *
   * @param in {@code path} or {@code query}
   * @param type {@code string}, {@code integer} or {@code boolean}
   */
  record Parameter(String name, String in, String type, String description) {
    static Parameter query(String name, String type, String description) {
      return new Parameter(name, "query", type, description);
    }

    static Parameter path(String name, String description) {
      return new Parameter(name, "path", "string", description);
    }

    boolean required() {
      return in.equals("path");
    }
  }

  /**
   * A path with what all its methods take, and its methods.
   *
   * @param tag the group and version that the path belongs to, such as {@code core_v1}
   */
  record Path(String tag, String path, List<Parameter> parameters, List<ApiOperation> operations) {}

  /** The media types of the answer. */
  List<String> produces() {
    return custom ? PLAIN.subList(0, 2) : PLAIN;
  }

  /** The media types of a patch. */
  List<String> patchTypes() {
    return custom ? CUSTOM_PATCHES : PATCHES;
  }

  boolean patches() {
    return action.equals("patch");
  }

  boolean streams() {
    return action.equals("list");
  }

  boolean connects() {
    return action.equals("connect");
  }
}
