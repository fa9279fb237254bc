package dev.mokha.server.admission.expressions;

import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.library.AuthorizerValue;
import java.util.LinkedHashMap;
import java.util.Map;

/** What expressions about requests may name. Made when the first expression is met. */
public final class Environments {
  private static final DeclType TIME = DeclType.DYN;

  private Environments() {}

  /** Each is made once. */
  private static final class Holder {
    static final CelEnvironment PLAIN = base(DeclType.DYN, DeclType.DYN, null, false);
    static final CelEnvironment PARAMS = base(DeclType.DYN, DeclType.DYN, DeclType.DYN, false);
    static final CelEnvironment MUTATING = base(DeclType.DYN, DeclType.DYN, null, true);
    static final CelEnvironment MUTATING_PARAMS =
        base(DeclType.DYN, DeclType.DYN, DeclType.DYN, true);
  }

  /**
   * Objects of any kind.
   *
   * @param params whether there are parameters
   */
  public static CelEnvironment of(boolean params) {
    return params ? Holder.PARAMS : Holder.PLAIN;
  }

  /** The same, for expressions that make objects and patches. */
  public static CelEnvironment mutating(boolean params) {
    return params ? Holder.MUTATING_PARAMS : Holder.MUTATING;
  }

  /**
   * Objects of a known kind, to check an expression by.
   *
   * @param params their type; null for none
   */
  public static CelEnvironment typed(DeclType object, DeclType params) {
    return base(object, object, params, false);
  }

  private static CelEnvironment base(
      DeclType object, DeclType old, DeclType params, boolean makesObjects) {
    CelEnvironment.Builder builder =
        CelEnvironment.builder()
            .variable("object", object)
            .variable("oldObject", old)
            .variable("request", request())
            .variable("namespaceObject", namespace())
            .variable("authorizer", DeclType.opaque(AuthorizerValue.TYPE))
            .variable("authorizer.requestResource", DeclType.opaque(AuthorizerValue.RESOURCE_TYPE));
    if (params != null) {
      builder.variable("params", params);
    }
    return (makesObjects ? builder.objectConstruction() : builder).build();
  }

  private static DeclType object(String name, Object... namesAndTypes) {
    Map<String, DeclType> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      fields.put((String) namesAndTypes[i], (DeclType) namesAndTypes[i + 1]);
    }
    return DeclType.object(name, fields);
  }

  private static DeclType request() {
    DeclType text = DeclType.STRING;
    DeclType kind =
        object("kubernetes.GroupVersionKind", "group", text, "version", text, "kind", text);
    DeclType resource =
        object("kubernetes.GroupVersionResource", "group", text, "version", text, "resource", text);
    DeclType user =
        object(
            "kubernetes.UserInfo",
            "username",
            text,
            "uid",
            text,
            "groups",
            DeclType.list(text),
            "extra",
            DeclType.map(DeclType.list(text)));
    return object(
        "kubernetes.AdmissionRequest",
        "kind",
        kind,
        "resource",
        resource,
        "subResource",
        text,
        "requestKind",
        kind,
        "requestResource",
        resource,
        "requestSubResource",
        text,
        "name",
        text,
        "namespace",
        text,
        "operation",
        text,
        "userInfo",
        user,
        "dryRun",
        DeclType.BOOL,
        "options",
        DeclType.DYN);
  }

  /** Of the request's namespace; its specification and status say nothing worth a rule. */
  private static DeclType namespace() {
    DeclType text = DeclType.STRING;
    DeclType metadata =
        object(
            "kubernetes.NamespaceMetadata",
            "name",
            text,
            "generateName",
            text,
            "labels",
            DeclType.map(text),
            "annotations",
            DeclType.map(text),
            "UID",
            text,
            "creationTimestamp",
            TIME,
            "deletionGracePeriodSeconds",
            DeclType.INT,
            "deletionTimestamp",
            TIME,
            "generation",
            DeclType.INT,
            "resourceVersion",
            text,
            "finalizers",
            DeclType.list(text));
    return object(
        "kubernetes.Namespace",
        "metadata",
        metadata,
        "spec",
        object("kubernetes.NamespaceSpec", "finalizers", DeclType.list(text)),
        "status",
        object("kubernetes.NamespaceStatus", "phase", text));
  }
}
