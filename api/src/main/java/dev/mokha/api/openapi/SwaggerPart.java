package dev.mokha.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * A part of the OpenAPI v2 document: paths and definitions. The whole document is its parts' bytes
 * one after the other, so that a new custom resource costs its own part alone.
 */
final class SwaggerPart {
  /** The text of members of {@code paths} and {@code definitions}, or their protobuf form. */
  record Bytes(byte[] paths, byte[] definitions) {}

  private final Supplier<ObjectNode> source;
  private volatile SoftReference<Bytes> json = new SoftReference<>(null);
  private volatile SoftReference<Bytes> protobuf = new SoftReference<>(null);

  /** A part of what the source makes: an object with {@code paths} and {@code definitions}. */
  SwaggerPart(Supplier<ObjectNode> source) {
    this.source = requireNonNull(source, "source");
  }

  Bytes json() {
    Bytes bytes = json.get();
    if (bytes == null) {
      ObjectNode part = source.get();
      bytes = new Bytes(members(part.path("paths")), members(part.path("definitions")));
      json = new SoftReference<>(bytes);
    }
    return bytes;
  }

  Bytes protobuf() {
    Bytes bytes = protobuf.get();
    if (bytes == null) {
      ObjectNode part = source.get();
      bytes =
          new Bytes(
              SwaggerProtobuf.paths(part.path("paths")),
              SwaggerProtobuf.definitions(part.path("definitions")));
      protobuf = new SoftReference<>(bytes);
    }
    return bytes;
  }

  /** The object's text without its braces. */
  private static byte[] members(tools.jackson.databind.JsonNode object) {
    byte[] text = Json.bytes(object);
    return Arrays.copyOfRange(text, 1, text.length - 1);
  }
}
