package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes image configurations (OCI image spec, section config; Docker's are alike). */
final class ImageConfigs {
  /** Longest configuration that is read, in bytes. */
  static final int MAX_BYTES = 8 << 20;

  /**
   * What is read of one.
   *
   * @param created when the image was made
   * @param architecture what machine it is for
   * @param os what system it is for
   * @param diffIds its layers, lowest first
   * @param config how its containers run
   */
  record Parsed(
      Instant created, String architecture, String os, List<String> diffIds, Image.Config config) {}

  private ImageConfigs() {}

  /** The document itself. */
  static ObjectNode tree(byte[] bytes) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(bytes);
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "An image configuration is not valid JSON", e);
    }
    if (!(root instanceof ObjectNode object) || !root.path("rootfs").path("diff_ids").isArray()) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "What should be an image configuration lists no layers; only container images can be"
              + " run");
    }
    return object;
  }

  static Parsed parse(byte[] bytes) {
    ObjectNode root = tree(bytes);
    JsonNode config = root.path("config");
    Map<String, String> labels = new LinkedHashMap<>();
    config
        .path("Labels")
        .properties()
        .forEach(entry -> labels.put(entry.getKey(), entry.getValue().asString("")));
    return new Parsed(
        instant(root.path("created").asString("")),
        root.path("architecture").asString(""),
        root.path("os").asString(""),
        strings(root.path("rootfs").path("diff_ids")),
        new Image.Config(
            strings(config.path("Env")),
            strings(config.path("Entrypoint")),
            strings(config.path("Cmd")),
            config.path("WorkingDir").asString(""),
            config.path("User").asString(""),
            names(config.path("ExposedPorts")),
            names(config.path("Volumes")),
            config.path("StopSignal").asString(""),
            labels));
  }

  /** A time of one; the beginning of 1970 when it is none. */
  static Instant instant(String text) {
    try {
      return text.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  private static List<String> strings(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asString("")));
    return texts;
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  /** One for this machine, with the fields in a fixed order, so that equal images are equal. */
  static byte[] write(
      Image.Config config,
      String architecture,
      Instant created,
      List<String> diffIds,
      String madeBy) {
    JsonMapper json = JsonMapper.shared();
    ObjectNode root = json.createObjectNode();
    root.put("created", created.toString());
    root.put("architecture", architecture);
    root.put("os", "linux");
    ObjectNode run = root.putObject("config");
    putNames(run, "ExposedPorts", config.exposedPorts());
    putStrings(run, "Env", config.env());
    putStrings(run, "Entrypoint", config.entrypoint());
    putStrings(run, "Cmd", config.cmd());
    putNames(run, "Volumes", config.volumes());
    putText(run, "User", config.user());
    putText(run, "WorkingDir", config.workingDir());
    putText(run, "StopSignal", config.stopSignal());
    if (!config.labels().isEmpty()) {
      ObjectNode labels = run.putObject("Labels");
      new TreeMap<>(config.labels()).forEach(labels::put);
    }
    ObjectNode rootfs = root.putObject("rootfs");
    rootfs.put("type", "layers");
    putStrings(rootfs, "diff_ids", diffIds);
    ArrayNode history = root.putArray("history");
    for (int i = 0; i < diffIds.size(); i++) {
      history.addObject().put("created", created.toString()).put("created_by", madeBy);
    }
    return json.writeValueAsBytes(root);
  }

  private static void putText(ObjectNode node, String key, String value) {
    if (!value.isEmpty()) {
      node.put(key, value);
    }
  }

  private static void putStrings(ObjectNode node, String key, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode array = node.putArray(key);
      values.forEach(array::add);
    }
  }

  private static void putNames(ObjectNode node, String key, List<String> values) {
    if (!values.isEmpty()) {
      ObjectNode object = node.putObject(key);
      values.stream().sorted().forEach(object::putObject);
    }
  }
}
