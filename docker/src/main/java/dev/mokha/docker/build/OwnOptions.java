package dev.mokha.docker.build;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.SecretSource;
import dev.mokha.engine.build.SshAgents;
import dev.mokha.engine.build.git.GitAddress;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What {@code mokha build} asks for beyond Docker's classic API: secrets, SSH agents, named
 * contexts, entitlements. Docker's own clients have these with BuildKit alone.
 */
final class OwnOptions {
  private static final String IMAGE = "docker-image://";

  private OwnOptions() {}

  static BuildRequest.Builder add(Request request, BuildRequest.Builder build) {
    return build
        .secrets(secrets(request))
        .agents(agents(request))
        .contexts(contexts(request))
        .insecure(insecure(request));
  }

  private static SecretSource secrets(Request request) {
    Map<String, byte[]> secrets = new LinkedHashMap<>();
    String header = request.header("X-Mokha-Build-Secrets");
    if (!header.isEmpty()) {
      try {
        Json.MAPPER
            .readTree(Base64.getUrlDecoder().decode(header))
            .properties()
            .forEach(
                entry ->
                    secrets.put(
                        entry.getKey(), Base64.getDecoder().decode(entry.getValue().asString(""))));
      } catch (IllegalArgumentException | JacksonException e) {
        throw DockerException.invalid("the build's secrets can't be read");
      }
    }
    return SecretSource.of(secrets);
  }

  /** {@code {"default": "/tmp/agent.sock"}}: of callers on this machine, sockets of their own. */
  private static SshAgents agents(Request request) {
    Map<String, Path> sockets = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json(request, "mokhassh").properties()) {
      sockets.put(entry.getKey(), path(entry.getValue().asString("")));
    }
    if (sockets.isEmpty()) {
      return SshAgents.NONE;
    }
    if (request.caller().kind() != Caller.Kind.PEER) {
      throw new DockerException(
          403, "SSH agents are reached on the engine's own machine, through its Unix socket");
    }
    return new PeerAgents(sockets, request.caller());
  }

  private static Map<String, BuildContext> contexts(Request request) {
    Map<String, BuildContext> contexts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json(request, "mokhacontexts").properties()) {
      contexts.put(entry.getKey(), context(request, entry.getValue().asString("")));
    }
    return contexts;
  }

  private static BuildContext context(Request request, String text) {
    if (text.startsWith(IMAGE)) {
      return new BuildContext.OfImage(text.substring(IMAGE.length()));
    }
    if (GitAddress.isContext(text)) {
      return new BuildContext.Git(text);
    }
    if (text.startsWith("http://") || text.startsWith("https://")) {
      try {
        return new BuildContext.Remote(URI.create(text));
      } catch (IllegalArgumentException e) {
        throw DockerException.invalid("invalid address of a named context");
      }
    }
    return directory(request, text);
  }

  /** A directory of this machine: whoever may read anything need not send it. */
  static BuildContext directory(Request request, String text) {
    if (!request.caller().root() || request.caller().kind() != Caller.Kind.PEER) {
      throw new DockerException(403, "only root may build a directory where it is");
    }
    return new BuildContext.Directory(path(text));
  }

  private static Path path(String text) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // Said below.
    }
    throw DockerException.invalid("a path has to be absolute, not \"" + text + "\"");
  }

  /** Asked for by the caller, and allowed to him: what a Dockerfile says is not enough. */
  private static boolean insecure(Request request) {
    boolean wanted = false;
    for (String entitlement : request.queries("mokhaallow")) {
      switch (entitlement) {
        case "security.insecure" -> wanted = true;
        case "network.host" -> {
          // Whoever has the right has it without asking.
        }
        default -> throw DockerException.invalid("invalid entitlement: " + entitlement);
      }
    }
    if (wanted) {
      request.require(new Action("create", "build", "", "", "", Set.of(Action.Power.PRIVILEGED)));
    }
    return wanted;
  }

  private static JsonNode json(Request request, String name) {
    List<String> given = request.queries(name);
    if (given.isEmpty() || given.getFirst().isEmpty()) {
      return Json.object();
    }
    try {
      return Json.MAPPER.readTree(given.getFirst());
    } catch (JacksonException e) {
      throw DockerException.invalid("error reading " + name + ": " + e.getOriginalMessage());
    }
  }
}
