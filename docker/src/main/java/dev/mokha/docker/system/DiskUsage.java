package dev.mokha.docker.system;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.images.ImageJson;
import dev.mokha.docker.images.ImageNames;
import dev.mokha.docker.volumes.VolumeRoutes;
import dev.mokha.engine.Engine;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageUsage;
import dev.mokha.engine.volumes.Volume;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /system/df}: what takes how much space. It shows what its caller may see: containers and
 * volumes of his namespaces, images to who may list them, and the builds' cache, whose steps are
 * everybody's, to who may list it on the whole node.
 */
public final class DiskUsage {
  private static final Set<String> TYPES = Set.of("container", "image", "volume", "build-cache");

  private final Engine engine;
  private final Containers containers;

  /** Lists containers with their sizes, as {@code /containers/json?all=1&size=1} does. */
  @FunctionalInterface
  public interface Containers {
    /** The list, as this caller may see it. */
    ArrayNode list(Request request);
  }

  DiskUsage(Engine engine, Containers containers) {
    this.engine = engine;
    this.containers = containers;
  }

  ObjectNode json(Request request) {
    Set<String> types = new HashSet<>(request.queries("type"));
    for (String type : types) {
      if (!TYPES.contains(type)) {
        throw DockerException.invalid("unknown object type: " + type);
      }
    }
    if (types.isEmpty()) {
      types = TYPES;
    }
    ObjectNode json = Json.object();
    if (types.contains("image") && request.may(Action.of("list", "images"))) {
      images(json, request);
    } else {
      json.put("LayersSize", 0).putNull("Images");
    }
    if (types.contains("container")) {
      json.set("Containers", containers.list(request));
    } else {
      json.putNull("Containers");
    }
    if (types.contains("volume")) {
      volumes(json.putArray("Volumes"), request);
    } else {
      json.putNull("Volumes");
    }
    if (types.contains("build-cache") && request.may(Action.of("list", "build"))) {
      cache(json.putArray("BuildCache"), engine.builder().cache());
    } else {
      json.putNull("BuildCache");
    }
    return json;
  }

  private void images(ObjectNode json, Request request) {
    ImageUsage usage = engine.images().usage();
    json.put("LayersSize", usage.layers());
    ArrayNode array = json.putArray("Images");
    for (ImageUsage.Part part : usage.images()) {
      Image image = part.image();
      List<String> tags = image.references().stream().map(ImageNames::familiar).toList();
      String parent = engine.images().inspect(image.id()).parent();
      array.add(
          ImageJson.summary(
              image, parent, tags, part.containers(), part.shared(), request.version()));
    }
  }

  private void volumes(ArrayNode array, Request request) {
    for (Volume volume : engine.volumes().list()) {
      if (!request.may(VolumeRoutes.action("get", volume))) {
        continue;
      }
      ObjectNode json = VolumeRoutes.toJson(volume);
      boolean measured = !volume.spec().hasDevice(); // as dockerd: what is mounted is not ours
      json.putObject("UsageData")
          .put("RefCount", volume.users().size())
          .put("Size", measured ? engine.volumes().size(volume.name()) : -1);
      array.add(json);
    }
  }

  private static void cache(ArrayNode array, List<Builder.CacheEntry> entries) {
    for (Builder.CacheEntry entry : entries) {
      ObjectNode json = array.addObject().put("ID", entry.id());
      if (!entry.parents().isEmpty()) {
        ArrayNode parents = json.putArray("Parents");
        entry.parents().forEach(parents::add);
      }
      json.put("Type", entry.type());
      json.put("Description", entry.description());
      json.put("InUse", entry.inUse());
      json.put("Shared", entry.shared());
      json.put("Size", entry.bytes());
      json.put("CreatedAt", entry.created().toString());
      if (entry.lastUsed() == null) {
        json.putNull("LastUsedAt");
      } else {
        json.put("LastUsedAt", entry.lastUsed().toString());
      }
      json.put("UsageCount", entry.uses());
    }
  }
}
