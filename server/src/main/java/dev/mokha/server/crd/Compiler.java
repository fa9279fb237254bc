package dev.mokha.server.crd;

import static dev.mokha.server.crd.Definition.texts;
import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.resource.ResourceType.Subresource;
import dev.mokha.api.schema.CustomSchemas;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.selector.SelectableFields;
import dev.mokha.server.crd.validation.CustomValidator;
import dev.mokha.server.rest.CustomVersion;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.webhook.WebhookClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes of a definition what is served of it. */
final class Compiler {
  private static final Set<String> VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  private static final Set<String> VERBS_AT_THE_END =
      Set.of("delete", "deletecollection", "get", "list", "watch");
  private static final Set<String> PART_VERBS = Set.of("get", "patch", "update");
  private static final GroupVersionKind SCALE = new GroupVersionKind("autoscaling", "v1", "Scale");

  private final CustomValidator.Factory validators;
  private final WebhookClient webhooks;

  Compiler(CustomValidator.Factory validators, WebhookClient webhooks) {
    this.validators = requireNonNull(validators, "validators");
    this.webhooks = requireNonNull(webhooks, "webhooks");
  }

  /**
   * What is served of a definition.
   *
   * @param storage where its objects are
   * @param resources one for each served version
   */
  record Compiled(StorageResource storage, List<ServedResource> resources) {
    Compiled {
      resources = List.copyOf(resources);
    }
  }

  /**
   * Compiles.
   *
   * @param names the accepted ones
   * @param since objects changed after this revision are written under this state of the definition
   */
  Compiled compile(Definition definition, ObjectNode names, long since) {
    String group = definition.group();
    String kind = names.path("kind").asString("");
    StorageResource storage =
        new StorageResource(
            group,
            names.path("plural").asString(""),
            definition.namespaced(),
            new GroupVersionKind(group, definition.storageVersion(), kind));
    Map<String, ObjectSchema> schemas = new HashMap<>();
    for (JsonNode version : definition.versions()) {
      schemas.put(
          group + "/" + version.path("name").asString(""),
          CustomSchemas.of(openApi(definition, version)));
    }
    JsonNode conversion = definition.spec().path("conversion");
    boolean webhook = conversion.path("strategy").asString("").equals("Webhook");
    VersionViews views =
        new VersionViews(
            schemas,
            webhook
                ? new WebhookConverter(webhooks, conversion.path("webhook"))
                : VersionConverter.NONE,
            webhook && definition.versions().size() > 1,
            since);
    List<ServedResource> resources = new ArrayList<>();
    for (JsonNode version : definition.versions()) {
      if (version.path("served").asBoolean(false)) {
        ResourceType type = type(definition, names, version);
        resources.add(
            new ServedResource(
                type, storage, views, custom(definition, names, version, type, schemas, views)));
      }
    }
    return new Compiled(storage, resources);
  }

  /** The version's schema; with the old flag preserveUnknownFields nothing is dropped. */
  private static ObjectNode openApi(Definition definition, JsonNode version) {
    ObjectNode schema =
        version.path("schema").get("openAPIV3Schema") instanceof ObjectNode given
            ? given
            : Json.MAPPER.createObjectNode().put("type", "object");
    if (!definition.spec().path("preserveUnknownFields").asBoolean(false)) {
      return schema;
    }
    ObjectNode open = schema.objectNode();
    open.setAll(schema);
    return open.put("x-kubernetes-preserve-unknown-fields", true);
  }

  private static ResourceType type(Definition definition, ObjectNode names, JsonNode version) {
    GroupVersionResource gvr =
        new GroupVersionResource(
            definition.group(),
            version.path("name").asString(""),
            names.path("plural").asString(""));
    String kind = names.path("kind").asString("");
    List<Subresource> subresources = new ArrayList<>();
    JsonNode parts = version.path("subresources");
    if (parts.has("status")) {
      subresources.add(
          new Subresource(
              "status", new GroupVersionKind(gvr.group(), gvr.version(), kind), PART_VERBS));
    }
    if (parts.has("scale")) {
      subresources.add(new Subresource("scale", SCALE, PART_VERBS));
    }
    return new ResourceType(
        gvr,
        kind,
        names.path("singular").asString(""),
        definition.namespaced(),
        texts(names.path("shortNames")),
        texts(names.path("categories")),
        definition.isDeleting() ? VERBS_AT_THE_END : VERBS,
        subresources);
  }

  private CustomVersion custom(
      Definition definition,
      ObjectNode names,
      JsonNode version,
      ResourceType type,
      Map<String, ObjectSchema> schemas,
      VersionViews views) {
    String apiVersion = type.gvr().groupVersion();
    ObjectNode openApi = openApi(definition, version);
    ObjectSchema schema = schemas.get(apiVersion);
    List<String> selectable = new ArrayList<>();
    version.path("selectableFields").forEach(f -> selectable.add(f.path("jsonPath").asString("")));
    return new CustomVersion(
        names.path("listKind").asString(type.kind() + "List"),
        openApi,
        schema,
        validators.create(
            new CustomValidator.Version(type.gvk(), type.namespaced(), openApi, schema)),
        views.reader(apiVersion),
        SelectableFields.ofCustom(selectable),
        PrinterColumns.of(version),
        scale(version.path("subresources").path("scale")),
        warning(version, type),
        definition.isDeleting());
  }

  private static CustomVersion.ScalePaths scale(JsonNode scale) {
    return scale.isObject()
        ? new CustomVersion.ScalePaths(
            names(scale.path("specReplicasPath").asString("")),
            names(scale.path("statusReplicasPath").asString("")),
            names(scale.path("labelSelectorPath").asString("")))
        : null;
  }

  /** These paths are names with dots between, and nothing else. */
  private static List<String> names(String path) {
    String plain = path.startsWith(".") ? path.substring(1) : path;
    return plain.isEmpty() ? List.of() : List.of(plain.split("\\."));
  }

  private static String warning(JsonNode version, ResourceType type) {
    if (!version.path("deprecated").asBoolean(false)) {
      return "";
    }
    String own = version.path("deprecationWarning").asString("");
    return own.isEmpty()
        ? "%s %s is deprecated".formatted(type.gvr().groupVersion(), type.kind())
        : own;
  }
}
