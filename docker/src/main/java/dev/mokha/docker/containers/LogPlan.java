package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** Where a container's output is kept: the drivers json-file and local are one file of ours. */
final class LogPlan {
  private static final Set<String> OPTIONS =
      Set.of(
          "max-size",
          "max-file",
          "compress",
          "mode",
          "max-buffer-size",
          "labels",
          "labels-regex",
          "env",
          "env-regex",
          "tag");

  private static final Pattern SIZE =
      Pattern.compile("(\\d+)\\s*([kmgt]?)i?b?", Pattern.CASE_INSENSITIVE);
  private static final long LOCAL_BYTES = 20L << 20;
  private static final int LOCAL_FILES = 5;

  private LogPlan() {}

  static void apply(ObjectNode host, Path directory, ContainerSpecBuilder spec) {
    ObjectNode log = Json.object(host, "LogConfig");
    String type = Json.text(log, "Type");
    Map<String, String> options = Json.stringMap(log, "Config");
    switch (type) {
      case "none" -> {
        return;
      }
      case "json-file", "local" -> {
        // Below.
      }
      default ->
          throw DockerException.invalid(
              "error looking up logging plugin " + type + ": plugin \"" + type + "\" not found");
    }
    for (String option : options.keySet()) {
      if (!OPTIONS.contains(option)) {
        throw DockerException.invalid(
            "unknown log opt '" + option + "' for " + type + " log driver");
      }
    }
    boolean local = type.equals("local");
    String size = options.getOrDefault("max-size", "");
    String files = options.getOrDefault("max-file", "");
    long bytes = size.isEmpty() ? (local ? LOCAL_BYTES : 0) : size(size);
    int count = files.isEmpty() ? (local ? LOCAL_FILES : 1) : count(files);
    if (bytes == 0 && count > 1) {
      throw DockerException.invalid("max-file cannot be used without max-size");
    }
    spec.logPath(directory.resolve("output.log")).logMaxBytes(bytes).logMaxFiles(count);
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
