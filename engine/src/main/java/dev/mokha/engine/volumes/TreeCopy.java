package dev.mokha.engine.volumes;

import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Copies a tree as it is: owners, modes, times, extended attributes, hard links, links, devices and
 * FIFOs. Sockets, which mean nothing without their process, are left out. No link is followed.
 */
final class TreeCopy extends SimpleFileVisitor<Path> {
  private static final int TYPE = 0xf000;
  private static final int SOCKET = 0xc000;
  private static final int FIFO = 0x1000;

  private final Path from;
  private final Path to;
  private final Map<Object, Path> linked = new HashMap<>();

  /** A copy of a directory into another one that is empty. */
  TreeCopy(Path from, Path to) {
    this.from = from;
    this.to = to;
  }

  void run() throws IOException {
    Files.walkFileTree(from, this);
  }

  private Path target(Path source) {
    return to.resolve(from.relativize(source).toString());
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
      throws IOException {
    Path target = target(directory);
    if (!directory.equals(from)) {
      Files.createDirectory(target);
    }
    return FileVisitResult.CONTINUE;
  }

  /** Its mode and times come last: they change with what is put into it. */
  @Override
  public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
    if (e != null) {
      throw e;
    }
    attributes(directory, target(directory));
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    Path target = target(file);
    int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    int links = (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    if ((mode & TYPE) == SOCKET) {
      return FileVisitResult.CONTINUE;
    }
    Object key = attributes.fileKey();
    if (links > 1 && key != null) {
      Path first = linked.putIfAbsent(key, target);
      if (first != null) {
        Files.createLink(target, first);
        return FileVisitResult.CONTINUE;
      }
    }
    if (attributes.isSymbolicLink()) {
      Files.createSymbolicLink(target, Files.readSymbolicLink(file));
    } else if (attributes.isRegularFile()) {
      Files.copy(file, target);
    } else if ((mode & TYPE) == FIFO) {
      Nodes.fifo(target, mode & 0xfff);
    } else {
      int device = ((Number) Files.getAttribute(file, "unix:rdev")).intValue();
      int minor = (device & 0xff) | ((device >>> 12) & 0xfff00); // makedev(3)
      Nodes.device(target, mode & TYPE, (device >>> 8) & 0xfff, minor, mode & 0xfff);
    }
    attributes(file, target);
    return FileVisitResult.CONTINUE;
  }

  private static void attributes(Path source, Path target) throws IOException {
    Map<String, Object> all =
        Files.readAttributes(
            source, "unix:uid,gid,mode,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    Nodes.owner(
        target, ((Number) all.get("uid")).longValue(), ((Number) all.get("gid")).longValue());
    if (!Files.isSymbolicLink(source)) {
      for (String name : Xattrs.list(source)) {
        // An overlay's own notes are about its layers, not about the file.
        if (!name.startsWith("trusted.overlay.")) {
          Optional<byte[]> value = Xattrs.get(source, name);
          value.ifPresent(bytes -> Xattrs.set(target, name, bytes));
        }
      }
      Nodes.mode(target, ((Number) all.get("mode")).intValue() & 0xfff);
    }
    Instant time = ((FileTime) all.get("lastModifiedTime")).toInstant();
    Nodes.times(target, time.getEpochSecond(), time.getNano());
  }
}
