package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.volumes.VolumeDrivers;
import dev.mokha.engine.volumes.VolumeSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides a container's mounts: those of other containers first, then Binds, then Mounts and Tmpfs,
 * then a new volume for each place where the image wants one and nothing is mounted yet.
 */
final class MountPlan {
  private static final Set<String> PROPAGATIONS =
      Set.of("private", "rprivate", "slave", "rslave", "shared", "rshared");

  /** What tmpfs(5) takes with a value. */
  private static final Set<String> TMPFS_VALUES =
      Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol");

  /** What mount(8) takes for every file system. */
  private static final Set<String> TMPFS_FLAGS =
      Set.of(
          "defaults",
          "ro",
          "rw",
          "suid",
          "nosuid",
          "dev",
          "nodev",
          "exec",
          "noexec",
          "sync",
          "async",
          "dirsync",
          "remount",
          "mand",
          "nomand",
          "atime",
          "noatime",
          "diratime",
          "nodiratime",
          "bind",
          "rbind",
          "unbindable",
          "runbindable",
          "private",
          "rprivate",
          "shared",
          "rshared",
          "slave",
          "rslave",
          "relatime",
          "norelatime",
          "strictatime",
          "nostrictatime");

  private final Function<String, DockerContainer> containers;
  private final Map<String, MountPoint> mounts = new LinkedHashMap<>();
  private final Map<String, VolumeSpec> volumes = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  private MountPlan(Function<String, DockerContainer> containers) {
    this.containers = containers;
  }

  /**
   * Decides.
   *
   * @param containers finds the containers of VolumesFrom
   */
  static MountPlan of(
      ObjectNode config, ObjectNode host, Function<String, DockerContainer> containers) {
    MountPlan plan = new MountPlan(containers);
    Json.strings(host, "VolumesFrom").forEach(plan::volumesFrom);
    Map<String, MountPoint> inherited = new LinkedHashMap<>(plan.mounts);
    plan.mounts.clear();
    for (String bind : Json.strings(host, "Binds")) {
      plan.add(plan.bind(bind, Json.text(host, "VolumeDriver")));
    }
    for (ObjectNode mount : Json.objects(host, "Mounts")) {
      plan.add(plan.mount(mount));
    }
    Json.stringMap(host, "Tmpfs")
        .forEach(
            (destination, options) ->
                plan.add(
                    MountPoint.tmpfs(
                        absolute(destination, destination), tmpfsOptions(options), true)));
    inherited.forEach(plan.mounts::putIfAbsent);
    for (String destination : Json.keys(config, "Volumes")) {
      String clean = absolute(destination, destination);
      if (!plan.mounts.containsKey(clean)) {
        plan.add(plan.anonymous(clean, Json.text(host, "VolumeDriver"), "", true, Map.of()));
      }
    }
    return plan;
  }

  /** The mounts, those of outer directories first. */
  List<MountPoint> mounts() {
    return mounts.values().stream()
        .sorted(
            java.util.Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()))
        .toList();
  }

  /** Volumes that must be made, or be there. */
  List<VolumeSpec> volumes() {
    return List.copyOf(volumes.values());
  }

  /** Whether it names a directory or file of the host. */
  boolean usesHostPaths() {
    return mounts.values().stream().anyMatch(mount -> mount.type().equals("bind"))
        || volumes.values().stream().anyMatch(VolumeSpec::hasDevice);
  }

  /** Directories of the host that Docker makes when they are missing. */
  List<String> missing() {
    return missing;
  }

  private void add(MountPoint mount) {
    if (mounts.putIfAbsent(mount.destination(), mount) != null) {
      throw DockerException.invalid("Duplicate mount point: " + mount.destination());
    }
  }

  private void volumesFrom(String spec) {
    int colon = spec.indexOf(':');
    String name = colon < 0 ? spec : spec.substring(0, colon);
    String mode = colon < 0 ? "rw" : spec.substring(colon + 1);
    if (name.isEmpty()) {
      throw DockerException.invalid("invalid volumes-from specification: '" + spec + "'");
    }
    boolean writable = true;
    for (String word : mode.split(",")) {
      switch (word) {
        case "ro" -> writable = false;
        case "rw", "z", "Z" -> {
          // As it is.
        }
        default -> throw DockerException.invalid("invalid mode: " + mode);
      }
    }
    for (MountPoint mount : containers.apply(name).record().mounts()) {
      if (!mount.type().equals("tmpfs")) {
        mounts.put(mount.destination(), mount.at(mount.writable() && writable));
        if (mount.type().equals("volume")) {
          volumes.putIfAbsent(mount.name(), VolumeSpec.named(mount.name()));
        }
      }
    }
  }

  private static String absolute(String path, String spec) {
    if (!path.startsWith("/")) {
      throw DockerException.invalid(
          "invalid mount path: '" + path + "' mount path must be absolute");
    }
    String clean = Path.of(path).normalize().toString();
    if (clean.equals("/")) {
      throw DockerException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (spec.startsWith("/") ? "bind" : "volume")
              + "\": invalid specification: destination"
              + " can't be '/'");
    }
    return clean;
  }

  private MountPoint bind(String spec, String driver) {
    String[] parts = spec.split(":", -1);
    if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw DockerException.invalid("invalid volume specification: '" + spec + "'");
    }
    if (!parts[1].startsWith("/")) {
      throw DockerException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (parts[0].startsWith("/") ? "bind" : "volume")
              + "\": invalid mount path: '"
              + parts[1]
              + "' mount path must be absolute");
    }
    String destination = absolute(parts[1], spec);
    String mode = parts.length == 3 ? parts[2] : "";
    boolean writable = true;
    boolean copy = true;
    String propagation = "";
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",")) {
      switch (word) {
        case "ro" -> writable = false;
        case "rw", "z", "Z", "consistent", "cached", "delegated" -> {
          // Labels are the engine's business, consistency that of other systems.
        }
        case "nocopy" -> copy = false;
        default -> {
          if (!PROPAGATIONS.contains(word)) {
            throw DockerException.invalid("invalid mode: " + mode);
          }
          if (!parts[0].startsWith("/")) {
            throw DockerException.invalid(
                "invalid volume specification: '"
                    + spec
                    + "': invalid mount config for type \"volume\": field BindOptions must not be"
                    + " specified");
          }
          propagation = word;
        }
      }
    }
    if (parts[0].startsWith("/")) {
      String source = Path.of(parts[0]).normalize().toString();
      if (!Files.exists(Path.of(source))) {
        missing.add(source);
      }
      return MountPoint.bind(source, destination, mode, writable, propagation);
    }
    local(driver, parts[0]);
    volumes.putIfAbsent(parts[0], VolumeSpec.named(parts[0]));
    // A volume is Docker's own to label: what says nothing is shared between containers.
    return MountPoint.volume(
        parts[0], destination, mode.isEmpty() ? "z" : mode, writable, copy, false);
  }

  private static void local(String driver, String name) {
    if (!VolumeDrivers.has(driver)) {
      throw DockerException.invalid(VolumeDrivers.missing(driver, name));
    }
  }

  private MountPoint anonymous(
      String destination, String driver, String mode, boolean copy, Map<String, String> labels) {
    VolumeSpec volume = VolumeSpec.unnamed(labels, Map.of());
    local(driver, volume.name());
    volumes.put(volume.name(), volume);
    return MountPoint.volume(volume.name(), destination, mode, true, copy, true);
  }

  private MountPoint mount(ObjectNode mount) {
    String type = Json.text(mount, "Type");
    String source = Json.text(mount, "Source");
    String target = Json.text(mount, "Target");
    boolean writable = !Json.flag(mount, "ReadOnly");
    String prefix = "invalid mount config for type \"" + type + "\": ";
    if (target.isEmpty()) {
      throw DockerException.invalid(prefix + "field Target must not be empty");
    }
    if (!target.startsWith("/")) {
      throw DockerException.invalid(
          prefix + "invalid mount path: '" + target + "' mount path must be absolute");
    }
    String destination = Path.of(target).normalize().toString();
    if (destination.equals("/")) {
      throw DockerException.invalid(prefix + "invalid specification: destination can't be '/'");
    }
    return switch (type) {
      case "bind" -> bindMount(mount, prefix, source, destination, writable);
      case "volume" -> volumeMount(mount, prefix, source, destination, writable);
      case "tmpfs" -> tmpfsMount(mount, prefix, source, destination, writable);
      case "image" -> imageMount(mount, prefix, source, destination);
      default -> throw DockerException.invalid(prefix + "mount type unknown");
    };
  }

  private MountPoint bindMount(
      ObjectNode mount, String prefix, String source, String destination, boolean writable) {
    ObjectNode options = Json.object(mount, "BindOptions");
    if (source.isEmpty()) {
      throw DockerException.invalid(prefix + "field Source must not be empty");
    }
    if (!source.startsWith("/")) {
      throw DockerException.invalid(
          prefix + "invalid mount path: '" + source + "' mount path must be absolute");
    }
    if (Json.has(mount, "VolumeOptions")) {
      throw DockerException.invalid(prefix + "field VolumeOptions must not be specified");
    }
    String propagation = Json.text(options, "Propagation");
    if (!propagation.isEmpty() && !PROPAGATIONS.contains(propagation)) {
      throw DockerException.invalid(prefix + "invalid propagation mode: " + propagation);
    }
    readOnlyOptions(options, writable);
    if (!Files.exists(Path.of(source))) {
      if (!Json.flag(options, "CreateMountpoint")) {
        throw DockerException.invalid(prefix + "bind source path does not exist: " + source);
      }
      missing.add(source);
    }
    return new MountPoint(
        "bind",
        "",
        Path.of(source).normalize().toString(),
        destination,
        "",
        writable,
        propagation.isEmpty() ? "rprivate" : propagation,
        "",
        List.of(),
        Json.flag(options, "NonRecursive"),
        !writable && !Json.flag(options, "ReadOnlyNonRecursive"),
        false,
        false);
  }

  /** How far "read only" goes is a question of mounts that are; it has one answer. */
  private static void readOnlyOptions(ObjectNode options, boolean writable) {
    for (String field : List.of("ReadOnlyNonRecursive", "ReadOnlyForceRecursive")) {
      if (writable && Json.flag(options, field)) {
        throw DockerException.invalid("mount options conflict: !ReadOnly && BindOptions." + field);
      }
    }
    if (Json.flag(options, "ReadOnlyNonRecursive")
        && Json.flag(options, "ReadOnlyForceRecursive")) {
      throw DockerException.invalid(
          "mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
    }
  }

  private MountPoint volumeMount(
      ObjectNode mount, String prefix, String source, String destination, boolean writable) {
    ObjectNode options = Json.object(mount, "VolumeOptions");
    if (Json.has(mount, "BindOptions")) {
      throw DockerException.invalid(prefix + "field BindOptions must not be specified");
    }
    ObjectNode driver = Json.object(options, "DriverConfig");
    boolean copy = !Json.flag(options, "NoCopy");
    String subpath = Json.text(options, "Subpath");
    if (subpath.startsWith("/") || List.of(subpath.split("/")).contains("..")) {
      throw DockerException.invalid(prefix + "subpath must be a relative path within the volume");
    }
    MountPoint point;
    if (source.isEmpty()) {
      if (!subpath.isEmpty()) {
        throw DockerException.invalid(prefix + "must not set Subpath when using anonymous volumes");
      }
      point =
          anonymous(
              destination, Json.text(driver, "Name"), "z", copy, Json.stringMap(options, "Labels"));
    } else {
      local(Json.text(driver, "Name"), source);
      volumes.putIfAbsent(
          source,
          new VolumeSpec(
              source,
              new TreeMap<>(Json.stringMap(options, "Labels")),
              new TreeMap<>(Json.stringMap(driver, "Options")),
              false));
      point = MountPoint.volume(source, destination, "z", writable, copy, false);
    }
    return new MountPoint(
        "volume",
        point.name(),
        "",
        destination,
        "z",
        writable,
        "",
        subpath,
        List.of(),
        false,
        false,
        copy,
        point.ownVolume());
  }

  private static List<String> tmpfsOptions(String options) {
    List<String> words = options.isEmpty() ? List.of() : List.of(options.split(","));
    for (String word : words) {
      String key = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
      if (!(word.contains("=") ? TMPFS_VALUES : TMPFS_FLAGS).contains(key)) {
        throw DockerException.invalid("invalid tmpfs option \"" + key + "\"");
      }
    }
    return words;
  }

  private static MountPoint tmpfsMount(
      ObjectNode mount, String prefix, String source, String destination, boolean writable) {
    if (!source.isEmpty()) {
      throw DockerException.invalid(prefix + "field Source must not be specified");
    }
    ObjectNode options = Json.object(mount, "TmpfsOptions");
    List<String> words = new ArrayList<>();
    if (Json.number(options, "SizeBytes") > 0) {
      words.add("size=" + Json.number(options, "SizeBytes"));
    }
    if (Json.number(options, "Mode") > 0) {
      words.add("mode=" + Long.toOctalString(Json.number(options, "Mode")));
    }
    if (options.get("Options") != null && options.get("Options").isArray()) {
      for (var pair : options.get("Options")) {
        List<String> parts = new ArrayList<>();
        pair.forEach(part -> parts.add(part.asString("")));
        words.add(String.join("=", parts));
      }
    }
    return MountPoint.tmpfs(destination, words, writable);
  }

  /** The image is looked up by whoever has the images. */
  private static MountPoint imageMount(
      ObjectNode mount, String prefix, String source, String destination) {
    if (source.isEmpty()) {
      throw DockerException.invalid(prefix + "field Source must not be empty");
    }
    for (String other : List.of("BindOptions", "VolumeOptions", "TmpfsOptions")) {
      if (Json.has(mount, other)) {
        throw DockerException.invalid(other + " must not be specified on mount type \"image\"");
      }
    }
    String subpath = Json.text(Json.object(mount, "ImageOptions"), "Subpath");
    if (subpath.startsWith("/") || List.of(subpath.split("/")).contains("..")) {
      throw DockerException.invalid(prefix + "subpath must be a relative path within the volume");
    }
    return MountPoint.image(source, destination, subpath);
  }
}
