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
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which device nodes a container has, and what its cgroup lets it do with them. */
final class OciDevices {
  private static final int TYPE = 0170000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;

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

  static void write(ObjectNode linux, ObjectNode resources, ContainerSpec spec) throws IOException {
    ArrayNode rules = resources.putArray("devices");
    if (spec.security().privileged()) {
      rules.addObject().put("allow", true).put("access", "rwm");
      hostDevices(linux.putArray("devices"));
      return;
    }
    rules.addObject().put("allow", false).put("access", "rwm");
    ArrayNode nodes = linux.putArray("devices");
    for (ContainerSpec.Device device : spec.devices()) {
      Path host = Path.of(device.hostPath());
      if (!Files.exists(host)) {
        throw new EngineException(
            EngineException.Code.INVALID, "The host has no device " + device.hostPath());
      }
      ObjectNode node = add(nodes, host.toRealPath(), device.containerPath());
      if (node == null) {
        throw new EngineException(
            EngineException.Code.INVALID, device.hostPath() + " is not a device");
      }
      rules
          .addObject()
          .put("allow", true)
          .put("type", node.path("type").asString())
          .put("major", node.path("major").asLong())
          .put("minor", node.path("minor").asLong())
          .put("access", device.access());
    }
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
        .put("major", number >>> 8 & 0xfff | number >>> 32 & ~0xfffL)
        .put("minor", number & 0xff | number >>> 12 & ~0xffL)
        .put("fileMode", mode & 07777)
        .put("uid", (int) is.get("uid"))
        .put("gid", (int) is.get("gid"));
  }
}
