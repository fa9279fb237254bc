package dev.mokha.api;

import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Constraints;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.ListType;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.MapType;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.ScalarType;
import dev.mokha.api.schema.Schema;
import java.util.Arrays;
import java.util.List;

/** A small schema with every way of merging, so that tests read without the built-in ones. */
public final class TestSchemas {
  private static final Schema TEXT = ScalarSchema.of(ScalarType.STRING);
  private static final Schema NUMBER = ScalarSchema.of(ScalarType.INT32);

  private TestSchemas() {}

  /** A pod of a few fields. */
  public static ObjectSchema pod() {
    Schema port =
        object(
            field("containerPort", NUMBER),
            field("name", TEXT),
            new Field(
                "protocol",
                () -> TEXT,
                () -> "",
                new Field.Traits(
                    false,
                    dev.mokha.api.object.Json.MAPPER.getNodeFactory().stringNode("TCP"),
                    List.of(),
                    "",
                    List.of(),
                    "",
                    MapType.UNSPECIFIED,
                    List.of())));
    Schema container =
        object(
            field("args", list(TEXT, ListType.ATOMIC)),
            field("image", TEXT),
            field("name", TEXT),
            merged("ports", list(port, ListType.MAP, "containerPort", "protocol"), "containerPort"),
            field("resources", object(field("limits", map(ScalarSchema.of(ScalarType.QUANTITY))))));
    Schema volume =
        object(
            field("emptyDir", object()),
            field("name", TEXT),
            field("secret", object(field("secretName", TEXT))));
    Schema spec =
        object(
            merged("containers", list(container, ListType.MAP, "name"), "name"),
            new Field(
                "nodeSelector",
                () -> map(TEXT),
                () -> "",
                new Field.Traits(
                    false, null, List.of(), "", List.of(), "", MapType.ATOMIC, List.of())),
            field("nodeName", TEXT),
            field("replicas", NUMBER),
            field("securityContext", object(field("fsGroup", NUMBER), field("runAsUser", NUMBER))),
            merged("volumes", list(volume, ListType.MAP, "name"), "name", "merge", "retainKeys"));
    Schema meta =
        object(
            field("annotations", map(TEXT)),
            merged("finalizers", list(TEXT, ListType.SET), ""),
            field("labels", map(TEXT)),
            field("managedFields", list(AnySchema.of(AnySchema.Kind.JSON), ListType.ATOMIC)),
            field("name", TEXT),
            field("namespace", TEXT),
            field("resourceVersion", TEXT),
            field("uid", TEXT));
    Schema status = object(field("phase", TEXT));
    return object(
        field("apiVersion", TEXT),
        field("kind", TEXT),
        field("metadata", meta),
        field("spec", spec),
        field("status", status));
  }

  private static ObjectSchema object(Field... fields) {
    return new ObjectSchema(
        "", () -> "", Arrays.asList(fields), ObjectSchema.Traits.NONE, Constraints.NONE);
  }

  private static Field field(String name, Schema schema) {
    return new Field(name, () -> schema, () -> "", Field.Traits.NONE);
  }

  private static Field merged(String name, Schema schema, String key, String... strategies) {
    List<String> all = strategies.length == 0 ? List.of("merge") : List.of(strategies);
    return new Field(
        name,
        () -> schema,
        () -> "",
        new Field.Traits(false, null, List.of(), "", all, key, MapType.UNSPECIFIED, List.of()));
  }

  private static Schema list(Schema items, ListType type, String... keys) {
    return new ListSchema(items, type, List.of(keys), Constraints.NONE);
  }

  private static Schema map(Schema values) {
    return new MapSchema(values, MapType.UNSPECIFIED, Constraints.NONE);
  }
}
