package dev.mokha.docker.containers;

import dev.mokha.docker.http.ApiVersion;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.volumes.Volume;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Containers as {@code docker inspect} and {@code docker ps} show them. */
final class ContainerView {
  private final DockerContainers containers;
  private final NetworkView networks;
  private final Execs execs;

  ContainerView(DockerContainers containers, Execs execs) {
    this.containers = containers;
    this.networks = new NetworkView(containers.networks());
    this.execs = execs;
  }

  NetworkView networks() {
    return networks;
  }

  /** An inspection. */
  ObjectNode inspect(DockerContainer container, boolean size, ApiVersion version) {
    ContainerRecord record = container.record();
    ObjectNode json = Json.object();
    json.put("Id", record.id());
    json.put("Created", ContainerState.time(record.created()));
    List<String> args = container.engine().spec().args();
    json.put("Path", args.isEmpty() ? "" : args.get(0));
    json.set("Args", Json.array(args.subList(Math.min(1, args.size()), args.size())));
    json.set("State", ContainerState.json(container));
    json.put("Image", record.imageId());
    String directory = containers.directory(container).toString();
    json.put("ResolvConfPath", directory + "/resolv.conf");
    json.put("HostnamePath", directory + "/hostname");
    json.put("HostsPath", directory + "/hosts");
    json.put(
        "LogPath",
        Json.text(Json.object(record.hostConfig(), "LogConfig"), "Type").equals("json-file")
            ? String.valueOf(container.engine().spec().logPath())
            : "");
    json.put("Name", "/" + record.name());
    json.put("RestartCount", container.engine().restarts());
    json.put("Driver", "overlay2");
    json.put("Platform", "linux");
    json.put("MountLabel", container.engine().spec().security().selinuxMountLabel());
    json.put("ProcessLabel", container.engine().spec().security().selinuxLabel());
    json.put("AppArmorProfile", container.engine().spec().security().apparmor());
    List<String> running = execs.running(container.id());
    json.set("ExecIDs", running.isEmpty() ? null : Json.array(running));
    json.set("HostConfig", record.hostConfig());
    ObjectNode graph = json.putObject("GraphDriver");
    graph.put("Name", "overlay2");
    graph.putObject("Data");
    if (size) {
      json.put("SizeRw", writable(container));
      json.put("SizeRootFs", writable(container) + imageSize(record));
    }
    json.set("Mounts", mounts(record));
    ObjectNode config = record.config().deepCopy();
    if (!version.atLeast(44)) {
      config.put("MacAddress", Json.text(config, "MacAddress"));
    }
    json.set("Config", config);
    json.set("NetworkSettings", networks.settings(container));
    return json;
  }

  private static long writable(DockerContainer container) {
    try {
      return container.engine().stats().writableLayerBytes();
    } catch (EngineException e) {
      return 0;
    }
  }

  private long imageSize(ContainerRecord record) {
    return containers.engine().images().find(record.imageId()).map(Image::size).orElse(0L);
  }

  ArrayNode mounts(ContainerRecord record) {
    ArrayNode all = Json.array();
    for (MountPoint mount : record.mounts()) {
      ObjectNode json = all.addObject();
      json.put("Type", mount.type());
      if (mount.type().equals("volume")) {
        Optional<Volume> volume = containers.engine().volumes().find(mount.name());
        json.put("Name", mount.name());
        json.put("Source", volume.map(one -> one.directory().toString()).orElse(""));
      } else {
        if (mount.type().equals("image")) {
          json.put("Name", mount.name());
        }
        json.put("Source", mount.source());
      }
      json.put("Destination", mount.destination());
      if (mount.type().equals("volume")) {
        json.put("Driver", "local");
      }
      json.put("Mode", mount.mode());
      json.put("RW", mount.writable());
      json.put("Propagation", mount.propagation());
    }
    return all;
  }

  /** A line of a list. */
  ObjectNode summary(DockerContainer container, boolean size) {
    ContainerRecord record = container.record();
    ObjectNode json = Json.object();
    json.put("Id", record.id());
    ArrayNode names = json.putArray("Names");
    names.add("/" + record.name());
    String asked = Json.text(record.config(), "Image");
    json.put("Image", named(asked, record.imageId()));
    json.put("ImageID", record.imageId());
    json.put("Command", command(container.engine().spec().args()));
    json.put("Created", record.created().getEpochSecond());
    json.set("Ports", networks.listed(container));
    if (size) {
      json.put("SizeRw", writable(container));
      json.put("SizeRootFs", writable(container) + imageSize(record));
    }
    json.set("Labels", Json.object(container.labels()));
    json.put("State", ContainerState.word(container));
    json.put("Status", ContainerState.status(container, Instant.now()));
    json.putObject("HostConfig").put("NetworkMode", Json.text(record.hostConfig(), "NetworkMode"));
    json.putObject("NetworkSettings")
        .set(
            "Networks",
            networks.endpoints(container, containers.networks().sandbox(container.id())));
    json.set("Mounts", mounts(record));
    Map<String, String> annotations = Json.stringMap(record.hostConfig(), "Annotations");
    if (!annotations.isEmpty()) {
      ((ObjectNode) json.get("HostConfig")).set("Annotations", Json.object(annotations));
    }
    return json;
  }

  /** The name it was made by, or the image's id when that name means another image now. */
  private String named(String asked, String imageId) {
    Optional<Image> now = containers.engine().images().find(asked);
    return now.isPresent() && now.get().id().equals(imageId) ? asked : imageId;
  }

  private static String command(List<String> args) {
    List<String> words = new ArrayList<>();
    for (String arg : args) {
      boolean plain = arg.chars().noneMatch(c -> c <= ' ' || "'\"\\$".indexOf(c) >= 0);
      words.add(plain && !arg.isEmpty() ? arg : "'" + arg.replace("'", "'\\''") + "'");
    }
    return String.join(" ", words);
  }
}
