package dev.mokha.docker.images;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code changes} of a commit or an import: instructions of a Dockerfile that only concern the
 * configuration.
 */
public final class ConfigChanges {
  private final ObjectNode config;

  private ConfigChanges(ObjectNode config) {
    this.config = config;
  }

  /**
   * Applies changes to an image's {@code config}.
   *
   * @throws DockerException 400 when one is no such instruction
   */
  public static void apply(ObjectNode config, List<String> changes) {
    ConfigChanges target = new ConfigChanges(config);
    for (String change : changes) {
      for (String line : change.split("\n", -1)) {
        if (!line.isBlank()) {
          target.apply(line);
        }
      }
    }
  }

  private void apply(String line) {
    Instruction instruction;
    try {
      instruction = Dockerfile.trigger(line, 1);
    } catch (BuildException e) {
      String said = e.getMessage();
      throw DockerException.invalid(
          said.contains("unknown instruction")
              ? keyword(line) + " is not a valid change command"
              : said.replaceFirst("^dockerfile parse error on line 1: ", ""));
    }
    UnaryOperator<String> value = text -> Expansion.word(text, '\\', this::variable);
    switch (instruction) {
      case Instruction.Cmd cmd -> config.set("Cmd", words(cmd.command()));
      case Instruction.Entrypoint entry -> config.set("Entrypoint", words(entry.command()));
      case Instruction.Env env ->
          env.pairs().forEach(pair -> setEnv(pair.name(), value.apply(pair.value())));
      case Instruction.Label label -> {
        for (Instruction.Pair pair : label.pairs()) {
          object("Labels").put(value.apply(pair.name()), value.apply(pair.value()));
        }
      }
      case Instruction.Expose expose -> {
        for (String port : expose.ports()) {
          String plain = value.apply(port).toLowerCase(Locale.ROOT);
          if (!plain.matches("[0-9]+(-[0-9]+)?(/[a-z]+)?")) {
            throw DockerException.invalid("Invalid containerPort: " + plain);
          }
          object("ExposedPorts").putObject(plain.indexOf('/') < 0 ? plain + "/tcp" : plain);
        }
      }
      case Instruction.Volume volume ->
          volume.paths().forEach(path -> object("Volumes").putObject(value.apply(path)));
      case Instruction.User user -> config.put("User", value.apply(user.user()));
      case Instruction.Workdir dir -> setDirectory(value.apply(dir.path()));
      case Instruction.StopSignal signal -> config.put("StopSignal", value.apply(signal.signal()));
      case Instruction.OnBuild trigger -> array("OnBuild").add(trigger.trigger());
      case Instruction.HealthCheck check -> config.set("Healthcheck", health(check));
      default -> {
        throw DockerException.invalid(keyword(line) + " is not a valid change command");
      }
    }
  }

  private static String keyword(String line) {
    return line.strip().split("\\s", 2)[0].toUpperCase(Locale.ROOT);
  }

  private ObjectNode object(String name) {
    return config.get(name) instanceof ObjectNode present ? present : config.putObject(name);
  }

  private ArrayNode array(String name) {
    return config.get(name) instanceof ArrayNode present ? present : config.putArray(name);
  }

  private Map<String, String> env() {
    Map<String, String> all = new TreeMap<>();
    for (var entry : config.path("Env")) {
      String text = entry.asString("");
      int equals = text.indexOf('=');
      if (equals > 0) {
        all.put(text.substring(0, equals), text.substring(equals + 1));
      }
    }
    return all;
  }

  private String variable(String name) {
    return env().get(name);
  }

  private void setEnv(String name, String value) {
    List<String> kept = new ArrayList<>();
    boolean replaced = false;
    for (var entry : config.path("Env")) {
      boolean same = entry.asString("").startsWith(name + "=");
      kept.add(same ? name + "=" + value : entry.asString(""));
      replaced |= same;
    }
    if (!replaced) {
      kept.add(name + "=" + value);
    }
    ArrayNode array = config.putArray("Env");
    kept.forEach(array::add);
  }

  private void setDirectory(String path) {
    String base = config.path("WorkingDir").asString("");
    config.put(
        "WorkingDir",
        java.nio.file.Path.of(base.isEmpty() ? "/" : base).resolve(path).normalize().toString());
  }

  private ArrayNode words(Instruction.Command command) {
    ArrayNode array = Json.array();
    if (command.shell()) {
      if (config.path("Shell").isEmpty()) {
        array.add("/bin/sh").add("-c");
      } else {
        config.path("Shell").forEach(word -> array.add(word.asString("")));
      }
    }
    command.words().forEach(array::add);
    return array;
  }

  private ObjectNode health(Instruction.HealthCheck check) {
    ObjectNode json = Json.object();
    ArrayNode test = json.putArray("Test");
    if (check.command() == null) {
      test.add("NONE");
      return json;
    }
    test.add(check.command().shell() ? "CMD-SHELL" : "CMD");
    check.command().words().forEach(test::add);
    put(json, "Interval", check.interval());
    put(json, "Timeout", check.timeout());
    put(json, "StartPeriod", check.startPeriod());
    put(json, "StartInterval", check.startInterval());
    if (check.retries() > 0) {
      json.put("Retries", check.retries());
    }
    return json;
  }

  private static void put(ObjectNode json, String name, Duration duration) {
    if (duration != null && !duration.isZero()) {
      json.put(name, duration.toNanos());
    }
  }
}
