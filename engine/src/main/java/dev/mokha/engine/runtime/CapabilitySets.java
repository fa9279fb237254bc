package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Security;
import dev.mokha.linux.Capability;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which capabilities a container has. */
final class CapabilitySets {
  /** Docker's default set. */
  private static final Set<Capability> DEFAULT =
      EnumSet.of(
          Capability.AUDIT_WRITE,
          Capability.CHOWN,
          Capability.DAC_OVERRIDE,
          Capability.FOWNER,
          Capability.FSETID,
          Capability.KILL,
          Capability.MKNOD,
          Capability.NET_BIND_SERVICE,
          Capability.NET_RAW,
          Capability.SETFCAP,
          Capability.SETGID,
          Capability.SETPCAP,
          Capability.SETUID,
          Capability.SYS_CHROOT);

  private CapabilitySets() {}

  /**
   * What a container has; never more than the daemon may pass on.
   *
   * @param bounding the daemon's bounding set
   */
  static Set<Capability> of(Security security, Set<Capability> bounding) {
    EnumSet<Capability> set = EnumSet.copyOf(DEFAULT);
    if (security.privileged()) {
      set = EnumSet.allOf(Capability.class);
    } else {
      if (containsAll(security.addCapabilities())) {
        set = EnumSet.allOf(Capability.class);
      }
      if (containsAll(security.dropCapabilities())) {
        set.clear();
      }
      for (String name : security.dropCapabilities()) {
        if (!isAll(name)) {
          set.remove(parse(name));
        }
      }
      for (String name : security.addCapabilities()) {
        if (!isAll(name)) {
          set.add(parse(name));
        }
      }
    }
    set.retainAll(bounding);
    return set;
  }

  private static boolean containsAll(List<String> names) {
    return names.stream().anyMatch(CapabilitySets::isAll);
  }

  private static boolean isAll(String name) {
    return name.equalsIgnoreCase("ALL") || name.equalsIgnoreCase("CAP_ALL");
  }

  private static Capability parse(String name) {
    String plain = name.toUpperCase(Locale.ROOT);
    if (plain.startsWith("CAP_")) {
      plain = plain.substring(4);
    }
    try {
      return Capability.valueOf(plain);
    } catch (IllegalArgumentException e) {
      throw new EngineException(EngineException.Code.INVALID, "There is no capability " + name, e);
    }
  }
}
