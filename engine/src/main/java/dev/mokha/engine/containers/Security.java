package dev.mokha.engine.containers;

import java.util.List;

/**
 * What a container may do. The defaults are Docker's.
 *
 * @param privileged everything the daemon itself may
 * @param addCapabilities such as {@code NET_ADMIN}; {@code ALL} for all
 * @param dropCapabilities the same; drops come after {@code ALL} was added and before single adds
 * @param noNewPrivileges whether setuid has no effect
 * @param readOnlyRoot whether its root can't be written
 * @param seccomp {@code default}, {@code unconfined}, the path of a profile, or a profile itself
 *     (JSON as Docker has it: {@code archMap}, {@code includes}, {@code excludes})
 * @param maskedPaths hidden; null for the default ones
 * @param readonlyPaths not writable; null for the default ones
 * @param apparmor profile name; {@code unconfined} for none, empty for the default one where the
 *     host has AppArmor
 * @param selinuxLabel process label; {@code disable} for none; empty for one of its own where the
 *     host has SELinux (none for pods)
 * @param selinuxMountLabel label of its root and of what is mounted in it; empty for none
 */
public record Security(
    boolean privileged,
    List<String> addCapabilities,
    List<String> dropCapabilities,
    boolean noNewPrivileges,
    boolean readOnlyRoot,
    String seccomp,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    String apparmor,
    String selinuxLabel,
    String selinuxMountLabel) {
  /** Fills what a definition written by an earlier version lacks. */
  public Security {
    selinuxMountLabel = selinuxMountLabel == null ? "" : selinuxMountLabel;
  }

  /** Without a mount label. */
  public Security(
      boolean privileged,
      List<String> addCapabilities,
      List<String> dropCapabilities,
      boolean noNewPrivileges,
      boolean readOnlyRoot,
      String seccomp,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      String apparmor,
      String selinuxLabel) {
    this(
        privileged,
        addCapabilities,
        dropCapabilities,
        noNewPrivileges,
        readOnlyRoot,
        seccomp,
        maskedPaths,
        readonlyPaths,
        apparmor,
        selinuxLabel,
        "");
  }

  /** Docker's defaults. */
  public static final Security DEFAULT =
      new Security(false, List.of(), List.of(), false, false, "default", null, null, "", "");
}
