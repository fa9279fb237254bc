package dev.mokha.linux;

import java.util.Collection;

/** Flags of mount(2) (linux/mount.h). */
public enum MountFlag {
  /** Not writable. */
  READ_ONLY(1),
  /** Set-user-id bits have no effect. */
  NO_SUID(2),
  /** Device nodes have no effect. */
  NO_DEV(4),
  /** Programs can't be run. */
  NO_EXEC(8),
  /** Every write waits for the disk. */
  SYNCHRONOUS(16),
  /** Changes the options of an existing mount. */
  REMOUNT(32),
  /** Mandatory locks are allowed. */
  MANDATORY_LOCKS(64),
  /** Changes of directories wait for the disk. */
  DIRECTORY_SYNC(128),
  /** Access times are not kept. */
  NO_ATIME(1024),
  /** Access times of directories are not kept. */
  NO_DIRECTORY_ATIME(2048),
  /** Shows a directory at another place. */
  BIND(4096),
  /** Moves a mount. */
  MOVE(8192),
  /** With all mounts below. */
  RECURSIVE(16384),
  /** Nothing propagates in or out, and it can't be bound elsewhere. */
  UNBINDABLE(1 << 17),
  /** Nothing propagates in or out. */
  PRIVATE(1 << 18),
  /** Mounts propagate in. */
  SLAVE(1 << 19),
  /** Mounts propagate in and out. */
  SHARED(1 << 20),
  /** Access times are kept when older than the change. */
  RELATIME(1 << 21),
  /** Access times are always kept. */
  STRICT_ATIME(1 << 24);

  private final long bit;

  MountFlag(long bit) {
    this.bit = bit;
  }

  static long bits(Collection<MountFlag> flags) {
    long bits = 0;
    for (MountFlag flag : flags) {
      bits |= flag.bit;
    }
    return bits;
  }
}
