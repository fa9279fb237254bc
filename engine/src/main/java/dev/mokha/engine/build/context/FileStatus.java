package dev.mokha.engine.build.context;

import java.time.Instant;

/**
 * What is known of a file besides its content.
 *
 * @param kind its kind
 * @param mode the twelve permission bits
 * @param uid owner
 * @param gid group
 * @param size bytes of a file's content; 0 for others
 * @param modified when its content last changed
 * @param major number of a device; 0 for others
 * @param minor number of a device; 0 for others
 */
public record FileStatus(
    FileNode.Kind kind,
    int mode,
    long uid,
    long gid,
    long size,
    Instant modified,
    int major,
    int minor) {
  /** A file of root's. */
  static FileStatus file(int mode, long size, Instant modified) {
    return new FileStatus(FileNode.Kind.FILE, mode, 0, 0, size, modified, 0, 0);
  }

  /** A directory of root's that nobody made: the same for equal builds. */
  static FileStatus directory() {
    return new FileStatus(FileNode.Kind.DIRECTORY, 0755, 0, 0, 0, Instant.EPOCH, 0, 0);
  }

  /** With another size. */
  FileStatus ofSize(long bytes) {
    return new FileStatus(kind, mode, uid, gid, bytes, modified, major, minor);
  }
}
