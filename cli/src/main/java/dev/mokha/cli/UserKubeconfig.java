package dev.mokha.cli;

import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Kubeconfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The context {@code mokha} in the user's own kubeconfig; all that is not ours stays as it is. */
final class UserKubeconfig {
  private static final YAMLMapper YAML = new YAMLMapper();

  private UserKubeconfig() {}

  private static Path file() {
    return Path.of(System.getProperty("user.home"), ".kube", "config");
  }

  /** Adds or renews the context; its name. */
  static String addContext(Instance instance) {
    Settings settings = Settings.read(instance).orElseThrow();
    ClusterPki pki = ClusterPki.open(instance.dataDir().resolve("pki"), Clock.systemUTC());
    new Kubeconfig(instance.contextName(), settings.serverUrl(), pki.authorityPem(), pki.admin())
        .mergeInto(file());
    return instance.contextName();
  }

  /** Takes the context away, and what belongs to it. */
  static void removeContext(Instance instance) {
    if (!Files.exists(file())) {
      return;
    }
    ObjectNode config = read(file());
    String name = instance.contextName();
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
