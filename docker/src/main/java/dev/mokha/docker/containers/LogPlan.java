package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.logging.LogDriverKind;
import dev.mokha.docker.logging.LogDrivers;
import dev.mokha.docker.logging.LogDrivers.Delivery;
import dev.mokha.docker.logging.LogShipping.Sender;
import dev.mokha.docker.logging.LogSource;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where a container's output is kept, and where it is sent. The drivers json-file and local are one
 * file of ours; those that send follow the same file ({@link dev.mokha.docker.logging}).
 */
final class LogPlan {
  private static final Set<String> OF_ALL = Set.of("mode", "max-buffer-size");
  private static final Set<String> LOCAL = Set.of("max-size", "max-file", "compress");
  private static final Set<String> JSON_FILE =
      Set.of(
          "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag");

  private static final Pattern SIZE =
      Pattern.compile("(\\d+)\\s*([kmgt]?)i?b?", Pattern.CASE_INSENSITIVE);
  private static final long LOCAL_BYTES = 20L << 20;
  private static final int LOCAL_FILES = 5;
  private static final String FILE = "output.log";

  private LogPlan() {}

  static void apply(
      ObjectNode host, Path directory, ContainerSpecBuilder spec, LogDrivers drivers) {
    String type = driver(host);
    Map<String, String> options = options(host);
    if (type.equals("none")) {
      return;
    }
    Optional<LogDriverKind> sending = drivers.kind(type);
    if (sending.isPresent()) {
      Delivery delivery = drivers.check(sending.get(), options);
      spec.logPath(directory.resolve(FILE))
          .logMaxBytes(delivery.maxBytes())
          .logMaxFiles(delivery.maxFiles());
      return;
    }
    switch (type) {
      case "json-file" -> known(options, JSON_FILE, "for json-file log driver");
      case "local" -> known(options, LOCAL, "for log driver local");
      default ->
          throw DockerException.invalid(
              "error looking up logging plugin " + type + ": plugin \"" + type + "\" not found");
    }
    LogDrivers.checkMode(options);
    boolean local = type.equals("local");
    String size = options.getOrDefault("max-size", "");
    String files = options.getOrDefault("max-file", "");
    long bytes = size.isEmpty() ? (local ? LOCAL_BYTES : 0) : size(size);
    int count = files.isEmpty() ? (local ? LOCAL_FILES : 1) : count(files);
    if (bytes == 0 && count > 1) {
      throw DockerException.invalid("max-file cannot be used without max-size");
    }
    spec.logPath(directory.resolve(FILE)).logMaxBytes(bytes).logMaxFiles(count);
  }

  private static void known(Map<String, String> options, Set<String> known, String driver) {
    for (String option : options.keySet()) {
      if (!known.contains(option) && !OF_ALL.contains(option)) {
        throw DockerException.invalid("unknown log opt '" + option + "' " + driver);
      }
    }
  }

  private static String driver(ObjectNode host) {
    return Json.text(Json.object(host, "LogConfig"), "Type");
  }

  private static Map<String, String> options(ObjectNode host) {
    return Json.stringMap(Json.object(host, "LogConfig"), "Config");
  }

  /** Whether clients may read what is kept here of a log that is sent elsewhere. */
  static boolean isReadable(ObjectNode host, LogDrivers drivers) {
    String type = driver(host);
    return !type.equals("none")
        && drivers
            .kind(type)
            .map(kind -> drivers.check(kind, options(host)).readable())
            .orElse(true);
  }

  /**
   * What is to be known of a container to send its log.
   *
   * @param directory of its record
   */
  static Sender sender(ContainerRecord record, Path directory) {
    List<String> command = new ArrayList<>(Json.strings(record.config(), "Entrypoint"));
    command.addAll(Json.strings(record.config(), "Cmd"));
    LogSource source =
        new LogSource(
            record.id(),
            record.name(),
            record.imageId(),
            Json.text(record.config(), "Image"),
            record.created(),
            command,
            Json.strings(record.config(), "Env"),
            Json.stringMap(record.config(), "Labels"),
            Creation.machineName());
    return new Sender(
        source,
        driver(record.hostConfig()),
        options(record.hostConfig()),
        directory,
        directory.resolve(FILE));
  }

  private static int count(String text) {
    try {
      int count = Integer.parseInt(text);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Falls to the answer below.
    }
    throw DockerException.invalid("max-file cannot be less than 1");
  }

  /** Bytes of {@code 10m}, {@code 1g}, {@code 500}. */
  static long size(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches() || matcher.group(1).length() > 12) {
      throw DockerException.invalid("invalid size: '" + text + "'");
    }
    int shift =
        switch (matcher.group(2).toLowerCase(java.util.Locale.ROOT)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          case "t" -> 40;
          default -> 0;
        };
    return Long.parseLong(matcher.group(1)) << shift;
  }
}
