package dev.mokha.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * One version of a custom resource, as the documents show it. Two are the same only when they are
 * one object: documents are kept as long as the types they were made of are served.
 */
public final class CustomType {
  private final ResourceType type;
  private final String listKind;
  private final ObjectNode schema;

  /**
   * A version.
   *
   * @param schema its {@code openAPIV3Schema}; read only
   */
  public CustomType(ResourceType type, String listKind, ObjectNode schema) {
    this.type = requireNonNull(type, "type");
    this.listKind = requireNonNull(listKind, "listKind");
    this.schema = requireNonNull(schema, "schema");
  }

  ResourceType type() {
    return type;
  }

  ObjectNode schema() {
    return schema;
  }

  GroupVersionKind list() {
    return new GroupVersionKind(type.gvk().group(), type.gvk().version(), listKind);
  }

  /** Such as {@code apis/stable.example.com/v1}. */
  String place() {
    return "apis/" + type.gvr().group() + "/" + type.gvr().version();
  }

  /** The definition of a kind: {@code com.example.stable.v1.CronTab}. */
  static String definition(GroupVersionKind kind) {
    List<String> parts = Arrays.asList(kind.group().split("\\."));
    Collections.reverse(parts);
    return String.join(".", parts) + "." + kind.version() + "." + kind.kind();
  }
}
