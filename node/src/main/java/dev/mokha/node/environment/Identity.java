package dev.mokha.node.environment;

import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Security;
import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who a container's process is, and what it may do: the two security contexts together. */
public final class Identity {
  private Identity() {}

  /**
   * The user of a container's process.
   *
   * @throws ConfigurationException when it must not be root and is, or may be
   */
  public static ContainerSpec.User user(Pod pod, Container container, String imageUser) {
    PodSecurityContext ofPod = pod.getSpec().getSecurityContext();
    SecurityContext own = container.getSecurityContext();
    Long uid = own != null && own.getRunAsUser() != null ? own.getRunAsUser() : null;
    if (uid == null && ofPod != null) {
      uid = ofPod.getRunAsUser();
    }
    Long gid = own != null && own.getRunAsGroup() != null ? own.getRunAsGroup() : null;
    if (gid == null && ofPod != null) {
      gid = ofPod.getRunAsGroup();
    }
    Boolean nonRoot = own == null ? null : own.getRunAsNonRoot();
    if (nonRoot == null && ofPod != null) {
      nonRoot = ofPod.getRunAsNonRoot();
    }
    if (Boolean.TRUE.equals(nonRoot)) {
      checkNotRoot(container, uid, imageUser);
    }
    String name;
    if (uid != null) {
      name = gid == null ? uid.toString() : uid + ":" + gid;
    } else if (gid != null) {
      int colon = imageUser.indexOf(':');
      String user = colon < 0 ? imageUser : imageUser.substring(0, colon);
      name = (user.isEmpty() ? "0" : user) + ":" + gid;
    } else {
      name = imageUser;
    }
    List<Long> groups = new ArrayList<>();
    if (ofPod != null) {
      groups.addAll(ofPod.getSupplementalGroups());
      if (ofPod.getFsGroup() != null && !groups.contains(ofPod.getFsGroup())) {
        groups.add(ofPod.getFsGroup());
      }
    }
    return new ContainerSpec.User(name, groups);
  }

  private static void checkNotRoot(Container container, Long uid, String imageUser) {
    if (uid != null) {
      if (uid == 0) {
        throw new ConfigurationException(
            "container's runAsUser breaks non-root policy (container: "
                + container.getName()
                + ")");
      }
      return;
    }
    int colon = imageUser.indexOf(':');
    String user = colon < 0 ? imageUser : imageUser.substring(0, colon);
    if (user.isEmpty() || user.equals("0")) {
      throw new ConfigurationException(
          "container has runAsNonRoot and image will run as root (container: "
              + container.getName()
              + ")");
    }
    if (!user.chars().allMatch(Character::isDigit)) {
      throw new ConfigurationException(
          "container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root (container: %s)"
              .formatted(user, container.getName()));
    }
  }

  /**
   * What a container may do.
   *
   * @param seccompDir where Localhost profiles are
   */
  public static Security security(Pod pod, Container container, Path seccompDir) {
    SecurityContext own = container.getSecurityContext();
    boolean privileged = own != null && Boolean.TRUE.equals(own.getPrivileged());
    List<String> add = List.of();
    List<String> drop = List.of();
    if (own != null && own.getCapabilities() != null) {
      add = own.getCapabilities().getAdd().stream().map(Identity::bare).toList();
      drop = own.getCapabilities().getDrop().stream().map(Identity::bare).toList();
    }
    boolean unmasked = own != null && "Unmasked".equals(own.getProcMount());
    return new Security(
        privileged,
        add,
        drop,
        own != null && Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()),
        own != null && Boolean.TRUE.equals(own.getReadOnlyRootFilesystem()),
        privileged ? "unconfined" : seccomp(pod, own, seccompDir),
        unmasked || privileged ? List.of() : null,
        unmasked || privileged ? List.of() : null,
        apparmor(pod, own),
        "");
  }

  /** A profile's name, {@code unconfined}, or empty for the node's default one. */
  private static String apparmor(Pod pod, SecurityContext own) {
    AppArmorProfile profile = own == null ? null : own.getAppArmorProfile();
    if (profile == null && pod.getSpec().getSecurityContext() != null) {
      profile = pod.getSpec().getSecurityContext().getAppArmorProfile();
    }
    if (profile == null) {
      return "";
    }
    return switch (profile.getType()) {
      case "Unconfined" -> "unconfined";
      case "Localhost" -> profile.getLocalhostProfile();
      default -> "";
    };
  }

  private static String bare(String capability) {
    return capability.startsWith("CAP_") ? capability.substring(4) : capability;
  }

  // Without a word from the pod the runtime's default profile applies: safe by default.
  private static String seccomp(Pod pod, SecurityContext own, Path seccompDir) {
    SeccompProfile profile = own == null ? null : own.getSeccompProfile();
    if (profile == null && pod.getSpec().getSecurityContext() != null) {
      profile = pod.getSpec().getSecurityContext().getSeccompProfile();
    }
    if (profile == null) {
      return "default";
    }
    return switch (profile.getType()) {
      case "Unconfined" -> "unconfined";
      case "Localhost" -> {
        Path file = seccompDir.resolve(profile.getLocalhostProfile()).normalize();
        if (!file.startsWith(seccompDir)) {
          throw new ConfigurationException(
              "the seccomp profile "
                  + profile.getLocalhostProfile()
                  + " lies outside "
                  + seccompDir);
        }
        yield file.toString();
      }
      default -> "default";
    };
  }
}
