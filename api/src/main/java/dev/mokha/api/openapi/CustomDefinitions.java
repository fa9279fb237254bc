package dev.mokha.api.openapi;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the schemas of custom resources as definitions. Version 3 shows them as they are. Version
 * 2 knows neither {@code nullable} nor choices between schemas, and its clients take fields that
 * are not listed for mistakes: so there, what is nullable, or keeps unknown fields, says nothing of
 * what is in it, and defaults are left out.
 */
final class CustomDefinitions {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final String PRESERVE = "x-kubernetes-preserve-unknown-fields";
  private static final String EMBEDDED = "x-kubernetes-embedded-resource";

  /** The conformance suite looks for these words where kubectl explains a custom resource. */
  private static final String METADATA =
      "Standard object's metadata: its name, labels, owners and what else every object has.";

  private final boolean v3;

  private CustomDefinitions(boolean v3) {
    this.v3 = v3;
  }

  static CustomDefinitions v3() {
    return new CustomDefinitions(true);
  }

  static CustomDefinitions swagger() {
    return new CustomDefinitions(false);
  }

  /** Adds the definitions of an object and of a list of such. */
  void add(CustomType type, ObjectNode definitions) {
    GroupVersionKind kind = type.type().gvk();
    definitions.set(CustomType.definition(kind), object(type));
    definitions.set(CustomType.definition(type.list()), list(type));
  }

  private ObjectNode object(CustomType type) {
    ObjectNode out;
    if (!v3 && flag(type.schema(), PRESERVE)) {
      // Listing any field would make clients refuse all others.
      out = Json.MAPPER.createObjectNode().put("type", "object");
    } else {
      out = schema(type.schema());
      ObjectNode properties =
          out.get("properties") instanceof ObjectNode p ? p : out.putObject("properties");
      typeMeta(
          properties,
          "APIVersion defines the version of the schema that the object follows",
          "Kind names what the object is");
      properties.set("metadata", reference(METADATA, META + "ObjectMeta"));
    }
    return kind(out, type.type().gvk());
  }

  private ObjectNode list(CustomType type) {
    GroupVersionKind kind = type.type().gvk();
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.put("description", type.list().kind() + " is a list of " + kind.kind());
    out.putArray("required").add("items");
    ObjectNode properties = out.putObject("properties");
    typeMeta(
        properties,
        "APIVersion defines the version of the schema that the list follows",
        "Kind names what the list holds");
    ObjectNode items = properties.putObject("items");
    items.put("description", "List of " + type.type().gvr().resource() + ".");
    items.put("type", "array");
    items
        .putObject("items")
        .put(
            "$ref",
            (v3 ? "#/components/schemas/" : "#/definitions/") + CustomType.definition(kind));
    properties.set("metadata", reference("What all lists have.", META + "ListMeta"));
    out.put("type", "object");
    return kind(out, type.list());
  }

  private static void typeMeta(ObjectNode properties, String version, String kind) {
    properties.putObject("apiVersion").put("type", "string").put("description", version + ".");
    properties.putObject("kind").put("type", "string").put("description", kind + ".");
  }

  private ObjectNode reference(String description, String definition) {
    ObjectNode out = Json.MAPPER.createObjectNode().put("description", description);
    if (v3) {
      // A reference has no neighbours in v3, so it goes into a list of one.
      out.putArray("allOf").addObject().put("$ref", "#/components/schemas/" + definition);
    } else {
      out.put("$ref", "#/definitions/" + definition);
    }
    return out;
  }

  private static ObjectNode kind(ObjectNode out, GroupVersionKind kind) {
    out.putArray("x-kubernetes-group-version-kind")
        .addObject()
        .put("group", kind.group())
        .put("kind", kind.kind())
        .put("version", kind.version());
    return out;
  }

  private static boolean flag(JsonNode schema, String name) {
    return schema.path(name).asBoolean(false);
  }

  private ObjectNode schema(ObjectNode in) {
    boolean open = !v3 && (flag(in, "nullable") || flag(in, PRESERVE));
    ObjectNode out = Json.MAPPER.createObjectNode();
    for (Map.Entry<String, JsonNode> e : in.properties()) {
      JsonNode value = e.getValue();
      switch (e.getKey()) {
        case "properties" -> {
          if (!open) {
            ObjectNode properties = out.putObject("properties");
            value.properties().forEach(p -> properties.set(p.getKey(), any(p.getValue())));
          }
        }
        case "items", "additionalProperties" -> {
          if (!open) {
            out.set(e.getKey(), any(value));
          }
        }
        case "type" -> {
          if (!open) {
            out.set("type", value);
          }
        }
        case "allOf", "anyOf", "oneOf", "not", "nullable", "default" -> {
          if (v3) {
            out.set(e.getKey(), value);
          }
        }
        case "required" -> required(in, value, out);
        default -> out.set(e.getKey(), value);
      }
    }
    if (flag(in, EMBEDDED) && !open) {
      embedded(out);
    }
    return out;
  }

  private JsonNode any(JsonNode schema) {
    return schema instanceof ObjectNode object ? schema(object) : schema;
  }

  /** In version 2 a nullable field can't be required: null counts as absent there. */
  private void required(ObjectNode in, JsonNode names, ObjectNode out) {
    ArrayNode kept = Json.MAPPER.createArrayNode();
    for (JsonNode name : names) {
      if (v3 || !flag(in.path("properties").path(name.asString("")), "nullable")) {
        kept.add(name);
      }
    }
    if (!kept.isEmpty()) {
      out.set("required", kept);
    }
  }

  private void embedded(ObjectNode out) {
    ObjectNode properties =
        out.get("properties") instanceof ObjectNode p ? p : out.putObject("properties");
    typeMeta(properties, "The version of the embedded object's schema", "The embedded kind");
    properties.set("metadata", reference(METADATA, META + "ObjectMeta"));
    ArrayNode required =
        out.get("required") instanceof ArrayNode r ? r.deepCopy() : Json.MAPPER.createArrayNode();
    for (String name : new String[] {"kind", "apiVersion"}) {
      boolean there = false;
      for (JsonNode r : required) {
        there |= r.asString("").equals(name);
      }
      if (!there) {
        required.add(name);
      }
    }
    out.set("required", required);
  }
}
