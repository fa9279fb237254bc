package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a client of BuildKit says of a build from a Dockerfile: the attributes of the frontend
 * {@code dockerfile.v0}, text by text.
 */
final class FrontendAttributes {
  /** What a client may ask a frontend to be able to do; "+forward" is about others than this. */
  private static final Set<String> CAPABILITIES =
      Set.of(
          "moby.buildkit.frontend.inputs",
          "moby.buildkit.frontend.subrequests",
          "moby.buildkit.frontend.contexts",
          "moby.buildkit.frontend.gitquerystring");

  private static final String DEFAULT_FILE = "Dockerfile";

  private final Map<String, String> attributes;

  FrontendAttributes(Map<String, String> attributes) {
    this.attributes = new TreeMap<>(attributes);
    for (String wanted : get("frontend.caps").split(",", -1)) {
      String name = wanted.replace("+forward", "");
      if (!name.isEmpty() && !CAPABILITIES.contains(name)) {
        throw new Failure(Failure.Code.UNIMPLEMENTED, "unsupported frontend capability " + name);
      }
    }
  }

  String get(String name) {
    return attributes.getOrDefault(name, "");
  }

  boolean has(String name) {
    return attributes.containsKey(name);
  }

  private static Failure invalid(String message) {
    return new Failure(Failure.Code.INVALID_ARGUMENT, message);
  }

  /** Those whose names begin alike, by the rest of the name. */
  Map<String, String> beginning(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    attributes.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  /** The Dockerfile's name. */
  String file() {
    return get("filename").isEmpty() ? DEFAULT_FILE : get("filename");
  }

  /** The session's directory with the Dockerfile. */
  String fileDirectory() {
    return get("dockerfilekey").isEmpty() ? "dockerfile" : get("dockerfilekey");
  }

  /** What is asked for instead of a build, such as {@code frontend.outline}; empty for a build. */
  String request() {
    return get("requestid");
  }

  /** Where the context is: an address; empty for the session's directory. */
  String context() {
    return get(get("contextkey").isEmpty() ? "context" : get("contextkey"));
  }

  /** The network of RUN: empty for Docker's default. */
  String network() {
    String mode = get("force-network-mode");
    return mode.equals("sandbox") || mode.equals("default") ? "" : mode;
  }

  Map<String, String> arguments() {
    return beginning("build-arg:");
  }

  /** Puts into a request what is the same whoever asks. */
  void into(BuildRequest.Builder request) {
    request
        .dockerfile(file())
        .target(get("target"))
        .buildArgs(arguments())
        .labels(beginning("label:"))
        .cacheFrom(cacheFrom())
        .noCache(has("no-cache"))
        .pull(get("image-resolve-mode").equals("pull"))
        .platform(platform())
        .network(network())
        .extraHosts(extraHosts())
        .resources(resources())
        .shmBytes(number("shm-size"))
        .rlimits(limits())
        .cgroupParent(get("cgroup-parent"));
  }

  private String platform() {
    String platform = get("platform");
    if (platform.indexOf(',') >= 0 || get("multi-platform").equals("true")) {
      throw invalid(
          "images for several platforms at once can't be built here: build one for each platform");
    }
    return platform;
  }

  private List<String> cacheFrom() {
    List<String> images = new ArrayList<>();
    for (String image : get("cache-from").split(",", -1)) {
      if (!image.isEmpty()) {
        images.add(image);
      }
    }
    String imports = get("cache-imports");
    if (!imports.isEmpty()) {
      try {
        for (JsonNode entry : Json.MAPPER.readTree(imports)) {
          String image = entry.path("Attrs").path("ref").asString("");
          if (entry.path("Type").asString("").equals("registry") && !image.isEmpty()) {
            images.add(image);
          }
        }
      } catch (JacksonException e) {
        throw invalid("failed to unmarshal cache-imports: " + e.getOriginalMessage());
      }
    }
    return images;
  }

  /** From {@code name=address,...}. */
  private List<String> extraHosts() {
    List<String> hosts = new ArrayList<>();
    for (String host : fields("add-hosts")) {
      int equals = host.indexOf('=');
      if (equals <= 0) {
        throw invalid("invalid host to add: " + host);
      }
      hosts.add(host.substring(0, equals) + ":" + host.substring(equals + 1));
    }
    return hosts;
  }

  private List<String> fields(String name) {
    return get(name).isEmpty() ? List.of() : List.of(get(name).split(",", -1));
  }

  private long number(String name) {
    String text = get(name);
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw invalid("failed to parse " + name + ": \"" + text + "\" is no number");
    }
  }

  private Resources resources() {
    return new Resources(
        number("cpushares"),
        number("cpuquota"),
        number("cpuperiod"),
        number("memory"),
        number("memswap"),
        0,
        0,
        get("cpusetcpus"));
  }

  /** From {@code name=soft:hard,...}. */
  private Map<String, ContainerSpec.Rlimit> limits() {
    Map<String, ContainerSpec.Rlimit> limits = new LinkedHashMap<>();
    for (String limit : fields("ulimit")) {
      String[] parts = limit.split("[=:]", -1);
      try {
        long soft = Long.parseLong(parts[1]);
        limits.put(
            "RLIMIT_" + parts[0].toUpperCase(Locale.ROOT),
            new ContainerSpec.Rlimit(soft, parts.length > 2 ? Long.parseLong(parts[2]) : soft));
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw invalid("failed to parse ulimit: " + limit);
      }
    }
    return limits;
  }
}
