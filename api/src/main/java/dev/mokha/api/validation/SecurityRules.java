package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules for security contexts of pods and containers. */
final class SecurityRules {
  private static final String IDS = "must be between 0 and 2147483647, inclusive";
  private static final Pattern SYSCTL =
      Pattern.compile("[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*");

  private SecurityRules() {}

  static void pod(Value spec) {
    Value context = spec.at("securityContext");
    if (spec.at("shareProcessNamespace").flag() && spec.at("hostPID").flag()) {
      spec.at("shareProcessNamespace")
          .invalid("ShareProcessNamespace and HostPID cannot both be enabled");
    }
    hostUsers(spec);
    if (!context.exists()) {
      return;
    }
    for (String id : List.of("fsGroup", "runAsUser", "runAsGroup")) {
      id(context.at(id));
    }
    context.at("supplementalGroups").elements().forEach(SecurityRules::id);
    context.at("fsGroupChangePolicy").oneOf("Always", "OnRootMismatch");
    context.at("supplementalGroupsPolicy").oneOf("Merge", "Strict");
    profiles(context);
    Set<String> seen = new HashSet<>();
    for (Value sysctl : context.at("sysctls").elements()) {
      Value name = sysctl.at("name");
      if (!name.isRequired()) {
        continue;
      }
      if (name.text().length() > Names.SUBDOMAIN_LENGTH || !SYSCTL.matcher(name.text()).matches()) {
        name.invalid(
            "must have at most 253 characters and match regex"
                + " ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
      } else if (!seen.add(name.text().replace('/', '.'))) {
        name.duplicate();
      }
    }
  }

  /** What a pod with user ids of its own (KEP-127) can't share with the host. */
  private static void hostUsers(Value spec) {
    if (!spec.at("hostUsers").exists() || spec.at("hostUsers").flag()) {
      return;
    }
    for (String field : List.of("hostNetwork", "hostPID", "hostIPC")) {
      if (spec.at(field).flag()) {
        spec.at(field).forbidden("when `hostUsers` is false");
      }
    }
    for (String list : List.of("containers", "initContainers")) {
      for (Value container : spec.at(list).elements()) {
        if (!container.at("volumeDevices").elements().isEmpty()) {
          container.at("volumeDevices").forbidden("when `hostUsers` is false");
        }
      }
    }
  }

  static void container(Value context) {
    if (!context.exists()) {
      return;
    }
    id(context.at("runAsUser"));
    id(context.at("runAsGroup"));
    context.at("procMount").oneOf("Default", "Unmasked");
    profiles(context);
    Value escalation = context.at("allowPrivilegeEscalation");
    if (escalation.exists() && !escalation.flag()) {
      if (context.at("privileged").flag()) {
        context.invalid("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
      }
      for (Value capability : context.at("capabilities", "add").elements()) {
        if (capability.is("CAP_SYS_ADMIN") || capability.is("SYS_ADMIN")) {
          context.invalid(
              "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add`"
                  + " CAP_SYS_ADMIN");
        }
      }
    }
  }

  private static void profiles(Value context) {
    profile(context.at("seccompProfile"), "seccomp");
    profile(context.at("appArmorProfile"), "AppArmor");
  }

  private static void profile(Value profile, String system) {
    if (!profile.exists()) {
      return;
    }
    Value type = profile.at("type");
    Value local = profile.at("localhostProfile");
    if (type.isEmpty()) {
      type.required("type is required when " + system.toLowerCase(Locale.ROOT) + "Profile is set");
      return;
    }
    type.oneOf("Localhost", "RuntimeDefault", "Unconfined");
    if (type.is("Localhost")) {
      if (local.isEmpty()) {
        local.required("must be set when " + system + " type is Localhost");
      } else {
        VolumeRules.relative(local);
      }
    } else if (local.exists()) {
      local.invalid("can only be set when " + system + " type is Localhost");
    }
  }

  private static void id(Value id) {
    if (id.exists() && (id.number() < 0 || id.number() > Integer.MAX_VALUE)) {
      id.invalid(IDS);
    }
  }
}
