package dev.mokha.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Capabilities (linux/capability.h), in the order of their bits. */
@SuppressWarnings("EnumOrdinal")
public enum Capability {
  /** CAP_CHOWN. */
  CHOWN,
  /** CAP_DAC_OVERRIDE. */
  DAC_OVERRIDE,
  /** CAP_DAC_READ_SEARCH. */
  DAC_READ_SEARCH,
  /** CAP_FOWNER. */
  FOWNER,
  /** CAP_FSETID. */
  FSETID,
  /** CAP_KILL. */
  KILL,
  /** CAP_SETGID. */
  SETGID,
  /** CAP_SETUID. */
  SETUID,
  /** CAP_SETPCAP. */
  SETPCAP,
  /** CAP_LINUX_IMMUTABLE. */
  LINUX_IMMUTABLE,
  /** CAP_NET_BIND_SERVICE. */
  NET_BIND_SERVICE,
  /** CAP_NET_BROADCAST. */
  NET_BROADCAST,
  /** CAP_NET_ADMIN. */
  NET_ADMIN,
  /** CAP_NET_RAW. */
  NET_RAW,
  /** CAP_IPC_LOCK. */
  IPC_LOCK,
  /** CAP_IPC_OWNER. */
  IPC_OWNER,
  /** CAP_SYS_MODULE. */
  SYS_MODULE,
  /** CAP_SYS_RAWIO. */
  SYS_RAWIO,
  /** CAP_SYS_CHROOT. */
  SYS_CHROOT,
  /** CAP_SYS_PTRACE. */
  SYS_PTRACE,
  /** CAP_SYS_PACCT. */
  SYS_PACCT,
  /** CAP_SYS_ADMIN. */
  SYS_ADMIN,
  /** CAP_SYS_BOOT. */
  SYS_BOOT,
  /** CAP_SYS_NICE. */
  SYS_NICE,
  /** CAP_SYS_RESOURCE. */
  SYS_RESOURCE,
  /** CAP_SYS_TIME. */
  SYS_TIME,
  /** CAP_SYS_TTY_CONFIG. */
  SYS_TTY_CONFIG,
  /** CAP_MKNOD. */
  MKNOD,
  /** CAP_LEASE. */
  LEASE,
  /** CAP_AUDIT_WRITE. */
  AUDIT_WRITE,
  /** CAP_AUDIT_CONTROL. */
  AUDIT_CONTROL,
  /** CAP_SETFCAP. */
  SETFCAP,
  /** CAP_MAC_OVERRIDE. */
  MAC_OVERRIDE,
  /** CAP_MAC_ADMIN. */
  MAC_ADMIN,
  /** CAP_SYSLOG. */
  SYSLOG,
  /** CAP_WAKE_ALARM. */
  WAKE_ALARM,
  /** CAP_BLOCK_SUSPEND. */
  BLOCK_SUSPEND,
  /** CAP_AUDIT_READ. */
  AUDIT_READ,
  /** CAP_PERFMON. */
  PERFMON,
  /** CAP_BPF. */
  BPF,
  /** CAP_CHECKPOINT_RESTORE. */
  CHECKPOINT_RESTORE;

  /** Its name with the prefix, such as {@code CAP_SYS_ADMIN}. */
  public String fullName() {
    return "CAP_" + name();
  }

  /** What this process and its children can have at most. */
  public static Set<Capability> bounding() {
    return read("CapBnd");
  }

  /** What this process has now. */
  public static Set<Capability> effective() {
    return read("CapEff");
  }

  private static Set<Capability> read(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
        if (line.startsWith(field + ":")) {
          return ofBits(Long.parseUnsignedLong(line.substring(field.length() + 1).strip(), 16));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read /proc/thread-self/status", e);
    }
    throw new IllegalStateException("/proc/thread-self/status has no " + field);
  }

  static Set<Capability> ofBits(long bits) {
    EnumSet<Capability> set = EnumSet.noneOf(Capability.class);
    for (Capability capability : values()) {
      if ((bits >>> capability.ordinal() & 1) != 0) {
        set.add(capability);
      }
    }
    return set;
  }
}
