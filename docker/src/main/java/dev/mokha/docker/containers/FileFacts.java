package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** What lstat(2) says of a file. */
record FileFacts(
    int mode,
    long inode,
    long device,
    long rdev,
    int links,
    long uid,
    long gid,
    long size,
    Instant modified) {
  private static final int TYPE = 0170000;
  private static final String FIELDS = "unix:mode,ino,dev,rdev,nlink,uid,gid,size,lastModifiedTime";

  static FileFacts of(Path path, boolean follow) throws IOException {
    Map<String, Object> all =
        follow
            ? Files.readAttributes(path, FIELDS)
            : Files.readAttributes(path, FIELDS, LinkOption.NOFOLLOW_LINKS);
    return new FileFacts(
        (Integer) all.get("mode"),
        ((Number) all.get("ino")).longValue(),
        ((Number) all.get("dev")).longValue(),
        ((Number) all.get("rdev")).longValue(),
        (Integer) all.get("nlink"),
        ((Number) all.get("uid")).longValue(),
        ((Number) all.get("gid")).longValue(),
        (Long) all.get("size"),
        ((FileTime) all.get("lastModifiedTime")).toInstant());
  }

  boolean isDirectory() {
    return (mode & TYPE) == 0040000;
  }

  boolean isRegular() {
    return (mode & TYPE) == 0100000;
  }

  boolean isLink() {
    return (mode & TYPE) == 0120000;
  }

  boolean isCharacter() {
    return (mode & TYPE) == 0020000;
  }

  boolean isBlock() {
    return (mode & TYPE) == 0060000;
  }

  boolean isFifo() {
    return (mode & TYPE) == 0010000;
  }

  int major() {
    return (int) ((rdev >>> 8) & 0xfff | (rdev >>> 32) & ~0xfffL);
  }

  int minor() {
    return (int) (rdev & 0xff | (rdev >>> 12) & ~0xffL);
  }

  /** The mode as Go's os.FileMode numbers it. */
  long goMode() {
    long bits = mode & 0777;
    bits |= (mode & 04000) != 0 ? 1L << 23 : 0;
    bits |= (mode & 02000) != 0 ? 1L << 22 : 0;
    bits |= (mode & 01000) != 0 ? 1L << 20 : 0;
    return bits
        | switch (mode & TYPE) {
          case 0040000 -> 1L << 31;
          case 0120000 -> 1L << 27;
          case 0060000 -> 1L << 26;
          case 0020000 -> 1L << 26 | 1L << 21;
          case 0010000 -> 1L << 25;
          case 0140000 -> 1L << 24;
          default -> 0;
        };
  }

  /** The header X-Docker-Container-Path-Stat, before its base64. */
  ObjectNode stat(String name, String target) {
    return Json.object()
        .put("name", name)
        .put("size", size)
        .put("mode", goMode())
        .put("mtime", ContainerState.time(modified))
        .put("linkTarget", target);
  }
}
