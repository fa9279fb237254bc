package dev.mokha.engine.security;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.runtime.Command;
import dev.mokha.linux.KernelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The AppArmor profile that containers run under where the host has AppArmor and they name no
 * other: they may do what their capabilities allow, but write to none of the kernel's knobs, mount
 * nothing, and neither trace nor signal who is outside.
 */
public final class AppArmor {
  private static final Logger log = LoggerFactory.getLogger(AppArmor.class);

  /** Its name. */
  public static final String DEFAULT = "mokha-default";

  /** Said instead of a name: none. */
  public static final String UNCONFINED = "unconfined";

  private static final Path ENABLED = Path.of("/sys/module/apparmor/parameters/enabled");
  private static final Path LOADED = Path.of("/sys/kernel/security/apparmor/profiles");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private AppArmor() {}

  /** Whether this host has it. */
  public static boolean isEnabled() {
    try {
      return Files.isReadable(ENABLED) && KernelFile.read(ENABLED).startsWith("Y");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Has the default profile loaded, unless it is.
   *
   * @return false where the host has no AppArmor or lacks its parser
   */
  public static boolean load() {
    if (!isEnabled()) {
      return false;
    }
    try {
      if (Files.isReadable(LOADED)
          && KernelFile.read(LOADED).lines().anyMatch(line -> line.startsWith(DEFAULT + " "))) {
        return true;
      }
      Command.Result result =
          Command.run(
              PATIENCE,
              List.of("apparmor_parser", "-Kr"),
              profile(DEFAULT).getBytes(StandardCharsets.UTF_8));
      if (!result.succeeded()) {
        log.warn("The AppArmor profile {} can't be loaded: {}", DEFAULT, result.output());
      }
      return result.succeeded();
    } catch (IOException | EngineException e) {
      log.warn(
          "The AppArmor profile {} can't be loaded; install apparmor: {}", DEFAULT, e.getMessage());
      return false;
    }
  }

  /** A profile's text (apparmor.d(5)). */
  static String profile(String name) {
    return """
    #include <tunables/global>

    profile %1$s flags=(attach_disconnected,mediate_deleted) {
      network,
      capability,
      file,
      umount,
      deny network alg,

      # Who may signal and trace: the host, the runtime, and the container itself.
      signal (receive) peer=unconfined,
      signal (receive) peer=runc,
      signal (receive) peer=crun,
      signal (send,receive) peer=%1$s,
      ptrace (trace,tracedby,read,readby) peer=%1$s,

      deny mount,

      # Of /proc only the processes' own files and shared memory's limits can be written.
      deny @{PROC}/* w,
      deny @{PROC}/{[^1-9/],[^1-9/][^0-9/],[^1-9s/][^0-9y/][^0-9s/],[^1-9/][^0-9/][^0-9/][^0-9/]*}/** w,
      deny @{PROC}/sys/[^k]** w,
      deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
      deny @{PROC}/sysrq-trigger rwklx,
      deny @{PROC}/kcore rwklx,

      # Of /sys only the cgroups.
      deny /sys/[^f]*/** wklx,
      deny /sys/f[^s]*/** wklx,
      deny /sys/fs/[^c]*/** wklx,
      deny /sys/fs/c[^g]*/** wklx,
      deny /sys/fs/cg[^r]*/** wklx,
      deny /sys/firmware/** rwklx,
      deny /sys/devices/virtual/powercap/** rwklx,
      deny /sys/kernel/security/** rwklx,
    }
    """
        .formatted(name);
  }
}
