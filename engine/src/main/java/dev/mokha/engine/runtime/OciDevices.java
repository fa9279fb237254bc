package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which device nodes a container has, and what its cgroup lets it do with them. */
final class OciDevices {
  private static final int TYPE = 0170000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;

  private static final Pattern RULE =
      Pattern.compile("([acb]) ([0-9]{1,9}|\\*):([0-9]{1,9}|\\*) ([rwm]{1,3})");

  /** Made by the runtime itself, or mounted. */
  private static final Set<String> OWN =
      Set.of(
          "/dev/console",
          "/dev/full",
          "/dev/null",
          "/dev/ptmx",
          "/dev/random",
          "/dev/tty",
          "/dev/urandom",
          "/dev/zero");

  private static final Set<Path> MOUNTED =
      Set.of(Path.of("/dev/pts"), Path.of("/dev/shm"), Path.of("/dev/mqueue"));

  private OciDevices() {}

  static void write(ObjectNode linux, ObjectNode resources, ArrayNode mounts, ContainerSpec spec)
      throws IOException {
    ArrayNode rules = resources.putArray("devices");
    if (spec.security().privileged()) {
      rules.addObject().put("allow", true).put("access", "rwm");
      hostDevices(linux.putArray("devices"));
      return;
    }
    rules.addObject().put("allow", false).put("access", "rwm");
    ArrayNode nodes = linux.putArray("devices");
    for (ContainerSpec.Device device : spec.devices()) {
      asked(device, nodes, rules);
    }
    if (!spec.users().isHost()) {
      bindRenamed(nodes, spec, mounts);
    }
    for (String rule : spec.deviceRules()) {
      rule(rules.addObject().put("allow", true), rule);
    }
  }

  private static void asked(ContainerSpec.Device device, ArrayNode nodes, ArrayNode rules)
      throws IOException {
    Path host = Path.of(device.hostPath());
    if (!Files.exists(host)) {
      throw gathering(device, "no such file or directory");
    }
    Path real = host.toRealPath();
    if (!Files.isDirectory(real)) {
      ObjectNode node = add(nodes, real, device.containerPath());
      if (node == null) {
        throw gathering(device, "not a device node");
      }
      allow(rules, node, device.access());
      return;
    }
    List<ObjectNode> found = new ArrayList<>();
    try (Stream<Path> below = Files.walk(real)) {
      for (Path file : below.sorted().toList()) {
        Path inside = Path.of(device.containerPath()).resolve(real.relativize(file));
        ObjectNode node =
            Files.isSymbolicLink(file) || Files.isDirectory(file)
                ? null
                : add(nodes, file, inside.toString());
        if (node != null) {
          found.add(node);
        }
      }
    }
    if (found.isEmpty()) {
      throw gathering(device, "not a device node");
    }
    found.forEach(node -> allow(rules, node, device.access()));
  }

  /**
   * Nobody makes device nodes in a user namespace, so runtimes bind the host's instead, and look
   * for them at the path inside. What has another name there is bound here.
   */
  private static void bindRenamed(ArrayNode nodes, ContainerSpec spec, ArrayNode mounts)
      throws IOException {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Path inside = Path.of(nodes.get(i).path("path").asString());
      for (ContainerSpec.Device device : spec.devices()) {
        Path place = Path.of(device.containerPath());
        if (!inside.startsWith(place)) {
          continue;
        }
        Path host = Path.of(device.hostPath()).toRealPath().resolve(place.relativize(inside));
        if (!host.normalize().equals(inside)) {
          mounts
              .addObject()
              .put("destination", inside.toString())
              .put("type", "bind")
              .put("source", host.normalize().toString())
              .putArray("options")
              .add("bind")
              .add("nosuid")
              .add("noexec");
          nodes.remove(i);
        }
        break;
      }
    }
  }

  private static EngineException gathering(ContainerSpec.Device device, String why) {
    return new EngineException(
        EngineException.Code.INVALID,
        "error gathering device information while adding custom device \""
            + device.hostPath()
            + "\": "
            + why);
  }

  private static void allow(ArrayNode rules, ObjectNode node, String access) {
    rules
        .addObject()
        .put("allow", true)
        .put("type", node.path("type").asString())
        .put("major", node.path("major").asLong())
        .put("minor", node.path("minor").asLong())
        .put("access", access == null || access.isEmpty() ? "rwm" : access);
  }

  /** A rule as {@code docker run --device-cgroup-rule} has it, such as {@code c 10:* rwm}. */
  private static void rule(ObjectNode node, String text) {
    Matcher rule = RULE.matcher(text);
    if (!rule.matches()) {
      throw new EngineException(
          EngineException.Code.INVALID, "invalid device cgroup rule format: '" + text + "'");
    }
    node.put("type", rule.group(1));
    if (!rule.group(2).equals("*")) {
      node.put("major", Long.parseLong(rule.group(2)));
    }
    if (!rule.group(3).equals("*")) {
      node.put("minor", Long.parseLong(rule.group(3)));
    }
    node.put("access", rule.group(4));
  }

  private static void hostDevices(ArrayNode nodes) throws IOException {
    Files.walkFileTree(
        Path.of("/dev"),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes is) {
            return MOUNTED.contains(directory)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes is) throws IOException {
            if (is.isOther() && !OWN.contains(file.toString())) {
              add(nodes, file, file.toString());
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static ObjectNode add(ArrayNode nodes, Path host, String inside) throws IOException {
    Map<String, Object> is =
        Files.readAttributes(host, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    int mode = (int) is.get("mode");
    int type = mode & TYPE;
    if (type != CHARACTER && type != BLOCK) {
      return null;
    }
    long number = (long) is.get("rdev");
    return nodes
        .addObject()
        .put("path", inside)
        .put("type", type == BLOCK ? "b" : "c")
        .put("major", DeviceNumber.major(number))
        .put("minor", DeviceNumber.minor(number))
        .put("fileMode", mode & 07777)
        .put("uid", (int) is.get("uid"))
        .put("gid", (int) is.get("gid"));
  }
}
