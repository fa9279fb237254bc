package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.images.ImageDetails;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Merges what a client asked for with what its image says, as dockerd does: the client's word
 * counts, and an image's command goes with the image's entrypoint only.
 */
final class ImageDefaults {
  private static final List<String> HEALTH_NUMBERS =
      List.of("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries");

  private ImageDefaults() {}

  /** The merged Config. The given one is not changed. */
  static ObjectNode merge(ObjectNode asked, ImageDetails details) {
    ObjectNode image = imageConfig(details);
    ObjectNode config = template();
    for (Map.Entry<String, JsonNode> field : asked.properties()) {
      if (!field.getKey().equals("HostConfig") && !field.getKey().equals("NetworkingConfig")) {
        config.set(field.getKey(), field.getValue());
      }
    }
    for (String field : List.of("User", "WorkingDir", "StopSignal")) {
      if (Json.text(config, field).isEmpty() && !Json.text(image, field).isEmpty()) {
        config.put(field, Json.text(image, field));
      }
    }
    if (Json.text(config, "StopSignal").isEmpty()) {
      config.remove("StopSignal");
    }
    command(config, image);
    env(config, image);
    set(config, image, "ExposedPorts");
    set(config, image, "Volumes");
    Map<String, String> labels = new LinkedHashMap<>(Json.stringMap(image, "Labels"));
    labels.putAll(Json.stringMap(config, "Labels"));
    config.set("Labels", Json.object(labels));
    health(config, image);
    if (!Json.has(config, "Shell") && Json.has(image, "Shell")) {
      config.set("Shell", image.get("Shell"));
    }
    return config;
  }

  /** The image's own part, in Docker's names. */
  static ObjectNode imageConfig(ImageDetails details) {
    return details.configuration().get("config") instanceof ObjectNode config
        ? config
        : Json.object();
  }

  private static ObjectNode template() {
    ObjectNode config = Json.object();
    for (String text : List.of("Hostname", "Domainname", "User")) {
      config.put(text, "");
    }
    for (String flag :
        List.of("AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce")) {
      config.put(flag, false);
    }
    config.putNull("Env");
    config.putNull("Cmd");
    config.put("Image", "");
    config.putNull("Volumes");
    config.put("WorkingDir", "");
    config.putNull("Entrypoint");
    config.putNull("OnBuild");
    config.putNull("Labels");
    return config;
  }

  private static void command(ObjectNode config, ObjectNode image) {
    List<String> entrypoint = Json.strings(config, "Entrypoint");
    List<String> cmd = Json.strings(config, "Cmd");
    if (entrypoint.isEmpty()) {
      if (cmd.isEmpty()) {
        cmd = Json.strings(image, "Cmd");
      }
      if (!Json.has(config, "Entrypoint")) {
        entrypoint = Json.strings(image, "Entrypoint");
      }
    } else if (entrypoint.equals(List.of(""))) {
      entrypoint = List.of(); // how a client takes the image's away
    }
    if (entrypoint.isEmpty() && cmd.isEmpty()) {
      throw DockerException.invalid("no command specified");
    }
    config.set("Cmd", cmd.isEmpty() ? null : Json.array(cmd));
    config.set("Entrypoint", entrypoint.isEmpty() ? null : Json.array(entrypoint));
  }

  private static void env(ObjectNode config, ObjectNode image) {
    List<String> env = new ArrayList<>(Json.strings(config, "Env"));
    for (String entry : env) {
      if (entry.isEmpty() || entry.startsWith("=")) {
        throw DockerException.invalid("invalid environment variable: " + entry);
      }
    }
    Set<String> given = new HashSet<>();
    env.forEach(entry -> given.add(name(entry)));
    for (String entry : Json.strings(image, "Env")) {
      if (given.add(name(entry))) {
        env.add(entry);
      }
    }
    config.set("Env", Json.array(env));
  }

  private static String name(String entry) {
    int equals = entry.indexOf('=');
    return equals < 0 ? entry : entry.substring(0, equals);
  }

  private static void set(ObjectNode config, ObjectNode image, String field) {
    ObjectNode all = Json.object();
    Json.keys(config, field).forEach(key -> all.putObject(key));
    Json.keys(image, field).forEach(key -> all.putObject(key));
    if (all.isEmpty()) {
      config.putNull(field);
      if (field.equals("ExposedPorts")) {
        config.remove(field);
      }
    } else {
      config.set(field, all);
    }
  }

  private static void health(ObjectNode config, ObjectNode image) {
    if (!Json.has(image, "Healthcheck")) {
      if (!Json.has(config, "Healthcheck")) {
        config.remove("Healthcheck");
      }
      return;
    }
    ObjectNode of = Json.object(image, "Healthcheck");
    if (!Json.has(config, "Healthcheck")) {
      config.set("Healthcheck", of);
      return;
    }
    ObjectNode merged = Json.object(config, "Healthcheck").deepCopy();
    if (merged.get("Test") instanceof ArrayNode test ? test.isEmpty() : true) {
      merged.set("Test", of.get("Test"));
    }
    for (String field : HEALTH_NUMBERS) {
      if (Json.number(merged, field) == 0 && Json.number(of, field) != 0) {
        merged.put(field, Json.number(of, field));
      }
    }
    config.set("Healthcheck", merged);
  }
}
