package dev.mokha.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The context {@code mokha} in the user's own kubeconfig; all that is not ours stays as it is. */
final class UserKubeconfig {
  private static final YAMLMapper YAML = new YAMLMapper();

  private UserKubeconfig() {}

  /** The context's name: {@code mokha}, or that and the instance's for a further instance. */
  static String contextName(Instance instance) {
    return instance.name().equals("mokha") ? "mokha" : "mokha-" + instance.name();
  }

  private static Path file() {
    return Path.of(System.getProperty("user.home"), ".kube", "config");
  }

  /** Adds or renews the context and makes it the current one; the file. */
  static Path addContext(Instance instance) {
    ObjectNode admin = read(instance.adminKubeconfig());
    String name = contextName(instance);
    ObjectNode config = Files.exists(file()) ? read(file()) : YAML.createObjectNode();
    config.put("apiVersion", "v1");
    config.put("kind", "Config");
    put(config, "clusters", name, "cluster", part(admin, "clusters", "cluster"));
    put(config, "users", name, "user", part(admin, "users", "user"));
    ObjectNode context = YAML.createObjectNode().put("cluster", name).put("user", name);
    put(config, "contexts", name, "context", context);
    config.put("current-context", name);
    write(config);
    return file();
  }

  /** Takes the context away, and what belongs to it. */
  static void removeContext(Instance instance) {
    if (!Files.exists(file())) {
      return;
    }
    ObjectNode config = read(file());
    String name = contextName(instance);
    boolean changed = remove(config, "clusters", name);
    changed |= remove(config, "users", name);
    changed |= remove(config, "contexts", name);
    if (config.path("current-context").asString("").equals(name)) {
      config.put("current-context", "");
      changed = true;
    }
    if (changed) {
      write(config);
    }
  }

  private static JsonNode part(ObjectNode admin, String list, String part) {
    return admin.path(list).path(0).path(part);
  }

  private static void put(
      ObjectNode config, String list, String name, String part, JsonNode value) {
    remove(config, list, name);
    ArrayNode entries = config.path(list) instanceof ArrayNode a ? a : config.putArray(list);
    entries.addObject().put("name", name).set(part, value);
  }

  private static boolean remove(ObjectNode config, String list, String name) {
    if (!(config.path(list) instanceof ArrayNode entries)) {
      return false;
    }
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).path("name").asString("").equals(name)) {
        entries.remove(i);
        return true;
      }
    }
    return false;
  }

  private static ObjectNode read(Path file) {
    try {
      JsonNode node = YAML.readTree(Files.readString(file));
      if (node == null || node.isMissingNode() || node.isNull()) {
        return YAML.createObjectNode();
      }
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new UserError(file + " is no kubeconfig; repair it, or use up with --no-kubeconfig");
    } catch (IOException | JacksonException e) {
      throw new UserError(
          file + " can't be read (" + e.getMessage() + "); use up with --no-kubeconfig");
    }
  }

  private static void write(ObjectNode config) {
    Path file = file();
    Path next = file.resolveSibling("config.mokha-next");
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(next);
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(next, YAML.writeValueAsBytes(config));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UserError("the kubeconfig " + file + " can't be written: " + e.getMessage());
    }
  }
}
