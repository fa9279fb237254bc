package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec.Device;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.runtime.SeccompProfile;
import dev.mokha.engine.security.SelinuxLabels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** What a container may do: capabilities, profiles, paths of the kernel, devices. */
final class SecurityPlan {
  private static final Pattern DEVICE_RULE =
      Pattern.compile("[acb] ([0-9]+|\\*):([0-9]+|\\*) [rwm]{1,3}");
  private static final Pattern ACCESS = Pattern.compile("[rwm]{0,3}");

  private final boolean privileged;
  private final boolean noNewPrivileges;
  private final String seccomp;
  private final String apparmor;
  private final List<String> label;
  private final boolean writableCgroups;

  private SecurityPlan(
      boolean privileged,
      boolean noNewPrivileges,
      String seccomp,
      String apparmor,
      List<String> label,
      boolean writableCgroups) {
    this.privileged = privileged;
    this.noNewPrivileges = noNewPrivileges;
    this.seccomp = seccomp;
    this.apparmor = apparmor;
    this.label = label;
    this.writableCgroups = writableCgroups;
  }

  /** Reads the options of a HostConfig. */
  static SecurityPlan of(ObjectNode host) {
    boolean noNewPrivileges = false;
    String seccomp = "";
    String apparmor = "";
    List<String> label = new ArrayList<>();
    boolean writableCgroups = false;
    for (String option : Json.strings(host, "SecurityOpt")) {
      if (option.equals("no-new-privileges")) {
        noNewPrivileges = true;
        continue;
      }
      if (option.equals("disable")) {
        label.add("disable");
        continue;
      }
      int at = split(option);
      if (at < 0) {
        throw DockerException.invalid("invalid --security-opt 1: \"" + option + "\"");
      }
      String value = option.substring(at + 1);
      switch (option.substring(0, at)) {
        case "label" -> label.add(value);
        case "apparmor" -> apparmor = value;
        case "seccomp" -> seccomp = value;
        case "no-new-privileges" -> noNewPrivileges = bool(option, value);
        case "writable-cgroups" -> writableCgroups = bool(option, value);
        case "systempaths" -> {
          if (!value.equals("unconfined")) {
            throw DockerException.invalid("invalid --security-opt 2: \"" + option + "\"");
          }
          host.set("MaskedPaths", Json.array());
          host.set("ReadonlyPaths", Json.array());
        }
        default -> throw DockerException.invalid("invalid --security-opt 2: \"" + option + "\"");
      }
    }
    return new SecurityPlan(
        Json.flag(host, "Privileged"),
        noNewPrivileges,
        seccomp,
        apparmor,
        List.copyOf(label),
        writableCgroups);
  }

  private static int split(String option) {
    int equals = option.indexOf('=');
    return equals >= 0 ? equals : option.indexOf(':');
  }

  private static boolean bool(String option, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "1", "t" -> true;
      case "false", "0", "f" -> false;
      default -> throw DockerException.invalid("invalid --security-opt 2: \"" + option + "\"");
    };
  }

  /** Whether something of the usual protection is given up. */
  boolean unconfined(ObjectNode host) {
    return !seccomp.isEmpty() && !seccomp.equals("builtin")
        || !apparmor.isEmpty()
        || !label.isEmpty()
        || writableCgroups
        || !Json.strings(host, "MaskedPaths").containsAll(HostDefaults.MASKED)
        || !Json.strings(host, "ReadonlyPaths").containsAll(HostDefaults.READ_ONLY);
  }

  /** The engine's form. */
  Security security(ObjectNode host) {
    if (writableCgroups) {
      throw DockerException.invalid(
          "invalid --security-opt 2: \"writable-cgroups=true\": this engine mounts cgroups"
              + " read-only");
    }
    List<String> masked = Json.strings(host, "MaskedPaths");
    List<String> readOnly = Json.strings(host, "ReadonlyPaths");
    boolean usual = masked.equals(HostDefaults.MASKED) && readOnly.equals(HostDefaults.READ_ONLY);
    return new Security(
        privileged,
        capabilities(host, "CapAdd"),
        capabilities(host, "CapDrop"),
        noNewPrivileges,
        Json.flag(host, "ReadonlyRootfs"),
        seccompProfile(),
        usual ? null : masked,
        usual ? null : readOnly,
        apparmor,
        selinux());
  }

  private String seccompProfile() {
    return switch (seccomp) {
      case "unconfined" -> "unconfined";
      case "", "builtin" -> privileged ? "unconfined" : "default";
      default -> {
        try {
          SeccompProfile.parse(seccomp);
        } catch (EngineException e) {
          throw DockerException.invalid(e.getMessage());
        }
        yield seccomp;
      }
    };
  }

  /** What the engine makes labels of; empty for its own choice. */
  private String selinux() {
    return label.isEmpty() ? "" : SelinuxLabels.OPTIONS + String.join(";", label);
  }

  static List<String> capabilities(ObjectNode host, String field) {
    List<String> all = new ArrayList<>();
    for (String name : Json.strings(host, field)) {
      String upper = name.toUpperCase(Locale.ROOT);
      String bare = upper.startsWith("CAP_") ? upper.substring(4) : upper;
      if (!bare.equals("ALL") && !Capabilities.KNOWN.contains(bare)) {
        throw DockerException.invalid(
            "invalid " + field + ": unknown capability: \"" + name + "\"");
      }
      all.add(bare);
    }
    return all;
  }

  /** Devices it may use. */
  static List<Device> devices(ObjectNode host) {
    List<Device> all = new ArrayList<>();
    for (ObjectNode one : Json.objects(host, "Devices")) {
      String outside = Json.text(one, "PathOnHost");
      String inside = Json.text(one, "PathInContainer");
      String access = Json.text(one, "CgroupPermissions");
      if (!ACCESS.matcher(access).matches()) {
        throw DockerException.invalid("invalid device mode: " + access);
      }
      if (!Files.exists(Path.of(outside))) {
        throw new DockerException(
            500,
            "error gathering device information while adding custom device \""
                + outside
                + "\": no such file or directory");
      }
      all.add(
          new Device(
              outside, inside.isEmpty() ? outside : inside, access.isEmpty() ? "rwm" : access));
    }
    return all;
  }

  /** Rules of the device cgroup. */
  static List<String> deviceRules(ObjectNode host) {
    for (String rule : Json.strings(host, "DeviceCgroupRules")) {
      if (!DEVICE_RULE.matcher(rule).matches()) {
        throw DockerException.invalid("invalid device cgroup rule format: '" + rule + "'");
      }
    }
    return Json.strings(host, "DeviceCgroupRules");
  }
}
