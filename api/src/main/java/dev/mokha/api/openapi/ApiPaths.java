package dev.mokha.api.openapi;

import dev.mokha.api.openapi.ApiOperation.Parameter;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.Schemas;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** The paths of a resource and what can be done there. */
final class ApiPaths {
  private static final String STATUS = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
  private static final String DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
  private static final String PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
  private static final List<Integer> OK = List.of(200);
  private static final List<Integer> STORED = List.of(200, 201);
  private static final List<Integer> CREATED = List.of(200, 201, 202);
  private static final List<Integer> DELETED = List.of(200, 202);

  private final Function<GroupVersionKind, String> definitions;
  private final boolean custom;

  private ApiPaths(Function<GroupVersionKind, String> definitions, boolean custom) {
    this.definitions = definitions;
    this.custom = custom;
  }

  static ApiPaths builtIn(Schemas schemas) {
    return new ApiPaths(kind -> schemas.byKind(kind).map(ObjectSchema::name).orElse(""), false);
  }

  /** Paths of a custom resource, whose parts may be of built-in kinds. */
  static ApiPaths custom(Schemas schemas) {
    return new ApiPaths(
        kind ->
            schemas
                .byKind(kind)
                .map(ObjectSchema::name)
                .orElseGet(() -> CustomType.definition(kind)),
        true);
  }

  /** The paths of these resources, sorted. */
  List<ApiOperation.Path> of(List<ResourceType> types) {
    List<ApiOperation.Path> paths = new ArrayList<>();
    types.forEach(type -> resource(type, type.kind() + "List", paths));
    paths.sort(Comparator.comparing(ApiOperation.Path::path));
    return paths;
  }

  /** The paths of a custom resource, sorted. */
  List<ApiOperation.Path> of(CustomType type) {
    List<ApiOperation.Path> paths = new ArrayList<>();
    resource(type.type(), type.list().kind(), paths);
    paths.sort(Comparator.comparing(ApiOperation.Path::path));
    return paths;
  }

  private void resource(ResourceType type, String listKind, List<ApiOperation.Path> paths) {
    String plural = type.gvr().resource();
    String root = type.gvr().pathPrefix();
    String home = root + (type.namespaced() ? "/namespaces/{namespace}/" : "/") + plural;
    List<Parameter> place =
        type.namespaced()
            ? List.of(Parameters.NAMESPACE, Parameters.PRETTY)
            : List.of(Parameters.PRETTY);
    String owner = (type.namespaced() ? "Namespaced" : "") + type.kind();
    String definition = definition(type.gvk());
    GroupVersionKind list =
        new GroupVersionKind(type.gvk().group(), type.gvk().version(), listKind);
    Set<String> verbs = type.verbs();

    List<ApiOperation> many = new ArrayList<>();
    if (verbs.contains("list")) {
      many.add(
          read(type, "list", "list" + tag(type) + owner, Parameters.LISTING, definition(list)));
      if (type.namespaced()) {
        String id = "list" + tag(type) + type.kind() + "ForAllNamespaces";
        paths.add(
            new ApiOperation.Path(
                tagName(type),
                root + "/" + plural,
                List.of(Parameters.PRETTY),
                List.of(read(type, "list", id, Parameters.LISTING, definition(list)))));
      }
    }
    if (verbs.contains("create")) {
      many.add(write(type.gvk(), "post", "create" + tag(type) + owner, definition, CREATED));
    }
    if (verbs.contains("deletecollection")) {
      many.add(
          delete(
              type,
              "deletecollection",
              "delete" + tag(type) + "Collection" + owner,
              Parameters.DELETING_MANY,
              STATUS));
    }
    if (!many.isEmpty()) {
      paths.add(new ApiOperation.Path(tagName(type), home, place, many));
    }

    List<ApiOperation> one = new ArrayList<>();
    if (verbs.contains("get")) {
      one.add(read(type, "get", "read" + tag(type) + owner, List.of(), definition));
    }
    if (verbs.contains("update")) {
      one.add(write(type.gvk(), "put", "replace" + tag(type) + owner, definition, STORED));
    }
    if (verbs.contains("patch")) {
      one.add(patch(type.gvk(), "patch" + tag(type) + owner, definition));
    }
    if (verbs.contains("delete")) {
      one.add(
          delete(
              type,
              "delete",
              "delete" + tag(type) + owner,
              Parameters.DELETING,
              BuiltinResources.get().deleteGivesObject(type.gvr()) ? definition : STATUS));
    }
    List<Parameter> named = new ArrayList<>(place);
    named.addFirst(Parameters.NAME);
    if (!one.isEmpty()) {
      paths.add(new ApiOperation.Path(tagName(type), home + "/{name}", named, one));
    }
    for (ResourceType.Subresource sub : type.subresources()) {
      subresource(type, sub, home + "/{name}/" + sub.name(), named, owner, paths);
    }
  }

  private void subresource(
      ResourceType type,
      ResourceType.Subresource sub,
      String path,
      List<Parameter> place,
      String owner,
      List<ApiOperation.Path> paths) {
    List<Parameter> parameters = new ArrayList<>(place);
    parameters.addAll(Parameters.OF_SUBRESOURCE.getOrDefault(sub.name(), List.of()));
    String name = owner + capital(sub.name());
    String definition = definition(sub.kind());
    if (definition.isEmpty()) {
      parameters.remove(Parameters.PRETTY);
      paths.add(new ApiOperation.Path(tagName(type), path, parameters, connects(type, sub, name)));
      if (sub.name().equals("proxy")) {
        List<Parameter> deeper = new ArrayList<>(parameters);
        deeper.add(Parameters.REST);
        paths.add(
            new ApiOperation.Path(
                tagName(type), path + "/{path}", deeper, connects(type, sub, name + "WithPath")));
      }
      return;
    }
    List<ApiOperation> operations = new ArrayList<>();
    String answer = sub.name().equals("log") ? "" : definition;
    if (sub.verbs().contains("get")) {
      operations.add(
          operation(
              "get", "read" + tag(type) + name, "get", sub.kind(), List.of(), "", answer, OK));
    }
    if (sub.verbs().contains("create")) {
      operations.add(write(sub.kind(), "post", "create" + tag(type) + name, definition, CREATED));
    }
    if (sub.verbs().contains("update")) {
      operations.add(write(sub.kind(), "put", "replace" + tag(type) + name, definition, STORED));
    }
    if (sub.verbs().contains("patch")) {
      operations.add(patch(sub.kind(), "patch" + tag(type) + name, definition));
    }
    paths.add(new ApiOperation.Path(tagName(type), path, parameters, operations));
  }

  private List<ApiOperation> connects(
      ResourceType type, ResourceType.Subresource sub, String name) {
    List<ApiOperation> operations = new ArrayList<>();
    for (String verb : sub.verbs()) {
      String method =
          switch (verb) {
            case "create" -> "post";
            case "update" -> "put";
            default -> verb;
          };
      operations.add(
          operation(
              method,
              "connect" + tag(type) + capital(method) + name,
              "connect",
              sub.kind(),
              List.of(),
              "",
              "",
              OK));
    }
    return operations;
  }

  private ApiOperation read(
      ResourceType type, String action, String id, List<Parameter> parameters, String response) {
    return operation("get", id, action, type.gvk(), parameters, "", response, OK);
  }

  private ApiOperation write(
      GroupVersionKind kind, String method, String id, String definition, List<Integer> codes) {
    return operation(method, id, method, kind, Parameters.WRITING, definition, definition, codes);
  }

  private ApiOperation patch(GroupVersionKind kind, String id, String definition) {
    return operation("patch", id, "patch", kind, Parameters.PATCHING, PATCH, definition, STORED);
  }

  private ApiOperation delete(
      ResourceType type, String action, String id, List<Parameter> parameters, String response) {
    return operation(
        "delete",
        id,
        action,
        type.gvk(),
        parameters,
        DELETE_OPTIONS,
        response,
        action.equals("delete") ? DELETED : OK);
  }

  private ApiOperation operation(
      String method,
      String id,
      String action,
      GroupVersionKind kind,
      List<Parameter> parameters,
      String body,
      String response,
      List<Integer> codes) {
    String what =
        switch (action) {
          case "get" -> "Read one ";
          case "list" -> "List or watch objects of kind ";
          case "post" -> "Create one ";
          case "put" -> "Replace one ";
          case "patch" -> "Change parts of one ";
          case "delete" -> "Delete one ";
          case "deletecollection" -> "Delete all matching objects of kind ";
          case "connect" -> "Connect as told by ";
          default -> throw new IllegalArgumentException(action);
        };
    return new ApiOperation(
        method,
        id,
        what + kind.kind(),
        action,
        kind,
        parameters,
        body,
        !body.isEmpty() && !body.equals(DELETE_OPTIONS),
        response,
        codes,
        custom);
  }

  private String definition(GroupVersionKind kind) {
    return definitions.apply(kind);
  }

  /** Group and version as they stand in the names of operations: {@code CoreV1}. */
  private static String tag(ResourceType type) {
    return groupName(type.gvk().group()) + capital(type.gvk().version());
  }

  /** Such as {@code core_v1}, by which documents group operations. */
  static String tagName(ResourceType type) {
    GroupVersionKind kind = type.gvk();
    String name = groupName(kind.group());
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1) + "_" + kind.version();
  }

  /** {@code rbac.authorization.k8s.io} is RbacAuthorization, the core group Core. */
  private static String groupName(String group) {
    if (group.isEmpty()) {
      return "Core";
    }
    StringBuilder name = new StringBuilder();
    for (String part : group.replaceFirst("\\.k8s\\.io$", "").split("\\.")) {
      name.append(capital(part));
    }
    return name.toString();
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }
}
