package dev.mokha.engine.security;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.runtime.SeccompProfile;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code docker run --security-opt} says, read as dockerd reads it. The CLI puts a seccomp
 * profile's text where its user named a file.
 *
 * @param noNewPrivileges whether setuid has no effect
 * @param seccomp {@code default}, {@code unconfined} or a profile's text
 * @param apparmor a profile's name, {@code unconfined}, or empty for the default
 * @param labels SELinux's options, such as {@code type:spc_t}
 * @param systemPathsOpen whether nothing of /proc and /sys is masked or read-only
 */
public record SecurityOptions(
    boolean noNewPrivileges,
    String seccomp,
    String apparmor,
    List<String> labels,
    boolean systemPathsOpen) {
  /** Copies the collection. */
  public SecurityOptions {
    labels = List.copyOf(labels);
  }

  /**
   * Reads the options.
   *
   * @throws EngineException INVALID with dockerd's text
   */
  public static SecurityOptions parse(List<String> options) {
    boolean noNewPrivileges = false;
    String seccomp = "default";
    String apparmor = "";
    List<String> labels = new ArrayList<>();
    boolean open = false;
    for (String option : options) {
      if (option.equals("no-new-privileges")) {
        noNewPrivileges = true;
        continue;
      }
      if (option.equals("disable")) {
        labels.add(SelinuxLabels.DISABLE);
        continue;
      }
      // Older clients write a colon.
      int at = option.indexOf('=') >= 0 ? option.indexOf('=') : option.indexOf(':');
      if (at < 0) {
        throw invalid("invalid --security-opt 1: \"" + option + "\"");
      }
      String value = option.substring(at + 1);
      switch (option.substring(0, at)) {
        case "no-new-privileges" -> noNewPrivileges = flag(option, value);
        case "label" -> labels.add(value);
        case "apparmor" -> apparmor = value;
        case "seccomp" -> seccomp = seccomp(value);
        case "systempaths" -> {
          if (!value.equals("unconfined")) {
            throw invalid("invalid --security-opt 2: \"" + option + "\"");
          }
          open = true;
        }
        default -> throw invalid("invalid --security-opt 2: \"" + option + "\"");
      }
    }
    return new SecurityOptions(noNewPrivileges, seccomp, apparmor, labels, open);
  }

  private static boolean flag(String option, String value) {
    return switch (value) {
      case "true", "1", "t", "T", "TRUE", "True" -> true;
      case "false", "0", "f", "F", "FALSE", "False" -> false;
      default -> throw invalid("invalid --security-opt 2: \"" + option + "\"");
    };
  }

  private static String seccomp(String value) {
    return switch (value) {
      case "unconfined" -> "unconfined";
      case "builtin", "default", "" -> "default";
      default -> {
        SeccompProfile.parse(value); // what is wrong with it is said now, not at the start
        yield value;
      }
    };
  }

  private static EngineException invalid(String text) {
    return new EngineException(EngineException.Code.INVALID, text);
  }

  /** These options in a specification's security; the rest of it stays. */
  public ContainerSpec.Security apply(ContainerSpec.Security base) {
    List<String> open = systemPathsOpen ? List.of() : null;
    return new ContainerSpec.Security(
        base.privileged(),
        base.addCapabilities(),
        base.dropCapabilities(),
        noNewPrivileges,
        base.readOnlyRoot(),
        seccomp,
        systemPathsOpen ? open : base.maskedPaths(),
        systemPathsOpen ? open : base.readonlyPaths(),
        apparmor,
        labels.isEmpty() ? base.selinuxLabel() : OPTIONS + String.join(";", labels),
        base.selinuxMountLabel());
  }

  /** Before options that stand in a specification until the engine makes labels of them. */
  static final String OPTIONS = "options=";
}
