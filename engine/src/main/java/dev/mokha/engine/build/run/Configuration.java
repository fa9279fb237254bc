package dev.mokha.engine.build.run;

import dev.mokha.engine.content.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An image's configuration while it is built (OCI image spec, section config, with Docker's
 * additions). A step works on a copy.
 */
final class Configuration {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");
  private static final String CONFIG = "config";

  private final ObjectNode root;

  private Configuration(ObjectNode root) {
    this.root = root;
  }

  /** Of an image, without what says how that one was made. */
  static Configuration of(ObjectNode image) {
    ObjectNode copy = image.deepCopy();
    copy.remove(
        List.of("comment", "container", "container_config", "docker_version", "id", "parent"));
    Configuration configuration = new Configuration(copy);
    configuration.config();
    return configuration;
  }

  /** Of {@code scratch}. */
  static Configuration empty(String architecture, String os) {
    ObjectNode root = JSON.createObjectNode();
    root.put("architecture", architecture);
    root.put("os", os);
    root.putObject(CONFIG);
    return new Configuration(root);
  }

  static Configuration parse(String json) {
    return new Configuration((ObjectNode) JSON.readTree(json));
  }

  Configuration copy() {
    return new Configuration(root.deepCopy());
  }

  ObjectNode root() {
    return root;
  }

  /** Its JSON with the layers in it. */
  String json(List<String> diffIds) {
    ObjectNode rootfs = JSON.createObjectNode();
    rootfs.put("type", "layers");
    ArrayNode array = rootfs.putArray("diff_ids");
    diffIds.forEach(array::add);
    root.set("rootfs", rootfs);
    return JSON.writeValueAsString(root);
  }

  /** The id an image of it has. */
  String id(List<String> diffIds) {
    return Digest.of(json(diffIds)).toString();
  }

  ObjectNode config() {
    return root.get(CONFIG) instanceof ObjectNode config ? config : root.putObject(CONFIG);
  }

  // --- history ---

  /** One more step. */
  void addHistory(Instant at, String createdBy, boolean empty) {
    ArrayNode history =
        root.get("history") instanceof ArrayNode array ? array : root.putArray("history");
    ObjectNode entry = history.addObject();
    entry.put("created", at.toString());
    entry.put("created_by", createdBy);
    if (empty) {
      entry.put("empty_layer", true);
    }
    String author = root.path("author").asString("");
    if (!author.isEmpty()) {
      entry.put("author", author);
    }
    root.put("created", at.toString());
  }

  List<JsonNode> history() {
    return new ArrayList<>(root.path("history").valueStream().toList());
  }

  // --- the fields ---

  String text(String field) {
    return config().path(field).asString("");
  }

  void text(String field, String value) {
    config().put(field, value);
  }

  List<String> list(String field) {
    return config().path(field).valueStream().map(node -> node.asString("")).toList();
  }

  void list(String field, List<String> values) {
    ArrayNode array = config().putArray(field);
    values.forEach(array::add);
  }

  void addKey(String field, String key) {
    ObjectNode keys =
        config().get(field) instanceof ObjectNode object ? object : config().putObject(field);
    keys.putObject(key);
  }

  void label(String name, String value) {
    ObjectNode labels =
        config().get("Labels") instanceof ObjectNode object ? object : config().putObject("Labels");
    labels.put(name, value);
  }

  void author(String author) {
    root.put("author", author);
  }

  /** The environment, in its order. */
  Map<String, String> env() {
    Map<String, String> env = new LinkedHashMap<>();
    for (String entry : list("Env")) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        env.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return env;
  }

  void env(String name, String value) {
    List<String> entries = new ArrayList<>(list("Env"));
    String entry = name + "=" + value;
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).startsWith(name + "=")) {
        entries.set(i, entry);
        list("Env", entries);
        return;
      }
    }
    entries.add(entry);
    list("Env", entries);
  }

  /** The shell of commands in shell form. */
  List<String> shell() {
    List<String> shell = list("Shell");
    return shell.isEmpty() ? DEFAULT_SHELL : shell;
  }

  /** The directory that relative paths begin at. */
  String workingDir() {
    String path = text("WorkingDir");
    return path.isEmpty() ? "/" : path;
  }
}
