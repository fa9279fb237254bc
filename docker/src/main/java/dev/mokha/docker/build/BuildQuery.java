package dev.mokha.docker.build;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.images.RegistryAuth;
import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.git.GitAddress;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.images.PullOptions.Credentials;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What the query of {@code POST /build} asks for. */
final class BuildQuery {
  private static final long LEAST_MEMORY = 6L << 20;

  private BuildQuery() {}

  static BuildRequest read(Request request) {
    String version = request.query("version");
    if (version.equals("2")) {
      throw DockerException.invalid(
          "This engine builds with Docker's classic API; set DOCKER_BUILDKIT=0, or leave out"
              + " version=2");
    }
    if (!version.isEmpty() && !version.equals("1")) {
      throw DockerException.invalid("invalid version \"" + version + "\"");
    }
    Map<String, List<Credentials>> credentials =
        RegistryAuth.all(request.header("X-Registry-Config"));
    return OwnOptions.add(request, BuildRequest.of(context(request)))
        .dockerfile(request.query("dockerfile"))
        .names(request.queries("t").stream().filter(name -> !name.isEmpty()).toList())
        .target(request.query("target"))
        .buildArgs(strings(request, "buildargs", "build args"))
        .labels(strings(request, "labels", "labels"))
        .cacheFrom(cacheFrom(request))
        .noCache(request.bool("nocache"))
        .pull(request.bool("pull"))
        .squash(request.bool("squash"))
        .platform(request.query("platform"))
        .network(request.query("networkmode"))
        .hostNetwork(request.may(BuildAccess.with(Action.Power.HOST_NETWORK)))
        .extraHosts(request.queries("extrahosts"))
        .resources(resources(request))
        .shmBytes(number(request, "shmsize"))
        .rlimits(limits(request))
        .cgroupParent(request.query("cgroupparent"))
        .credentials(host -> credentials.getOrDefault(RegistryAuth.host(host), List.of()))
        .build();
  }

  private static BuildContext context(Request request) {
    String directory = request.query("mokhadirectory");
    if (!directory.isEmpty()) {
      return OwnOptions.directory(request, directory);
    }
    String remote = request.query("remote");
    if (remote.isEmpty()) {
      return new BuildContext.Tar(request.body());
    }
    if (GitAddress.isContext(remote)) {
      return new BuildContext.Git(remote);
    }
    if (!remote.startsWith("http://") && !remote.startsWith("https://")) {
      throw DockerException.invalid(
          "remote context is not supported: give an http or https address, or that of a git"
              + " repository");
    }
    try {
      return new BuildContext.Remote(URI.create(remote));
    } catch (IllegalArgumentException e) {
      throw DockerException.invalid("invalid remote context " + remote);
    }
  }

  private static JsonNode json(Request request, String name, String what) {
    String text = request.query(name);
    if (text.isEmpty()) {
      return Json.object();
    }
    try {
      return Json.MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw DockerException.invalid("error reading " + what + ": " + e.getOriginalMessage());
    }
  }

  /** A map; null values stay, and mean that the value is to be found elsewhere. */
  private static Map<String, String> strings(Request request, String name, String what) {
    Map<String, String> read = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json(request, name, what).properties()) {
      JsonNode value = entry.getValue();
      read.put(entry.getKey(), value.isNull() ? null : value.asString(""));
    }
    return read;
  }

  private static List<String> cacheFrom(Request request) {
    List<String> images = new ArrayList<>();
    json(request, "cachefrom", "cache-from").forEach(image -> images.add(image.asString("")));
    return images;
  }

  private static long number(Request request, String name) {
    String text = request.query(name);
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw DockerException.invalid("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
    }
  }

  private static Resources resources(Request request) {
    long memory = number(request, "memory");
    if (memory != 0 && memory < LEAST_MEMORY) {
      throw DockerException.invalid("Minimum memory limit allowed is 6MB");
    }
    return new Resources(
        number(request, "cpushares"),
        number(request, "cpuquota"),
        number(request, "cpuperiod"),
        memory,
        number(request, "memswap"),
        0,
        0,
        request.query("cpusetcpus"));
  }

  private static Map<String, ContainerSpec.Rlimit> limits(Request request) {
    Map<String, ContainerSpec.Rlimit> limits = new LinkedHashMap<>();
    for (JsonNode limit : json(request, "ulimits", "ulimits")) {
      limits.put(
          "RLIMIT_" + limit.path("Name").asString("").toUpperCase(Locale.ROOT),
          new ContainerSpec.Rlimit(limit.path("Soft").asLong(0), limit.path("Hard").asLong(0)));
    }
    return limits;
  }
}
