package dev.mokha.engine.runtime;

import dev.mokha.linux.Capability;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The default system call policy (OCI runtime spec, section seccomp): everything is refused but
 * what seccomp-default.txt names. What the capabilities of a container allow is added.
 */
final class SeccompPolicy {
  private static final String ALLOW = "SCMP_ACT_ALLOW";
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  /** clone(2) flags that make namespaces: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, PID, NET. */
  private static final long NAMESPACE_FLAGS = 0x7E020000L;

  /** personality(2): Linux, Linux32, no randomisation with both, and the question. */
  private static final List<Long> PERSONALITIES =
      List.of(0L, 0x8L, 0x20000L, 0x20008L, 0xffffffffL);

  /** socket(2) families that are not for everyone: AF_VSOCK reaches the hypervisor. */
  private static final long AF_VSOCK = 40;

  private final List<String> always = new ArrayList<>();
  private final Map<Capability, List<String>> byCapability = new EnumMap<>(Capability.class);

  SeccompPolicy() {
    try (InputStream in = SeccompPolicy.class.getResourceAsStream("seccomp-default.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        List<String> words = List.of(line.split(" "));
        if (words.getFirst().equals("allow")) {
          always.addAll(words.subList(1, words.size()));
        } else if (words.getFirst().equals("cap")) {
          byCapability.put(Capability.valueOf(words.get(1)), words.subList(2, words.size()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The policy of a container that has these capabilities. */
  ObjectNode of(Set<Capability> capabilities) {
    ObjectNode policy = JsonMapper.shared().createObjectNode();
    policy.put("defaultAction", "SCMP_ACT_ERRNO");
    policy.put("defaultErrnoRet", EPERM);
    architectures(policy.putArray("architectures"));
    ArrayNode calls = policy.putArray("syscalls");

    Set<String> names = new TreeSet<>(always);
    byCapability.forEach(
        (capability, more) -> {
          if (capabilities.contains(capability)) {
            names.addAll(more);
          }
        });
    rule(calls, ALLOW, names);
    if (!capabilities.contains(Capability.SYS_ADMIN)) {
      // Threads and processes, but no namespaces. What glibc tries first, clone3, can't be looked
      // into; ENOSYS makes it use clone.
      argument(rule(calls, ALLOW, Set.of("clone")), 0, NAMESPACE_FLAGS, 0, "SCMP_CMP_MASKED_EQ");
      rule(calls, "SCMP_ACT_ERRNO", Set.of("clone3")).put("errnoRet", ENOSYS);
    }
    for (long personality : PERSONALITIES) {
      argument(rule(calls, ALLOW, Set.of("personality")), 0, personality, 0, "SCMP_CMP_EQ");
    }
    argument(rule(calls, ALLOW, Set.of("socket")), 0, AF_VSOCK, 0, "SCMP_CMP_NE");
    return policy;
  }

  private static void architectures(ArrayNode node) {
    switch (dev.mokha.engine.content.Manifest.architecture()) {
      case "amd64" -> node.add("SCMP_ARCH_X86_64").add("SCMP_ARCH_X86").add("SCMP_ARCH_X32");
      case "arm64" -> node.add("SCMP_ARCH_AARCH64").add("SCMP_ARCH_ARM");
      default -> {
        // The runtime takes the machine's own.
      }
    }
  }

  private static ObjectNode rule(ArrayNode calls, String action, Set<String> names) {
    ObjectNode rule = calls.addObject();
    ArrayNode array = rule.putArray("names");
    names.forEach(array::add);
    rule.put("action", action);
    return rule;
  }

  private static void argument(ObjectNode rule, int index, long value, long two, String op) {
    rule.putArray("args")
        .addObject()
        .put("index", index)
        .put("value", value)
        .put("valueTwo", two)
        .put("op", op);
  }
}
