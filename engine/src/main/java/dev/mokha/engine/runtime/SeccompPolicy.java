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
 * what seccomp-default.txt names. What the capabilities of a container allow is added. Equal in
 * effect to the default of moby's profiles as of May 2026.
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

  /** socket(2) families that are not for everyone: the kernel's ciphers have had many holes. */
  private static final long AF_ALG = 38;

  /** AF_VSOCK reaches the hypervisor. */
  private static final long AF_VSOCK = 40;

  private final Machine machine;
  private final List<String> always = new ArrayList<>();
  private final Map<Capability, List<String>> byCapability = new EnumMap<>(Capability.class);

  /** The policy of this machine. */
  SeccompPolicy() {
    this(Machine.own());
  }

  SeccompPolicy(Machine machine) {
    this.machine = machine;
    try (InputStream in = SeccompPolicy.class.getResourceAsStream("seccomp-default.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.lines().map(line -> List.of(line.split(" "))).forEach(this::line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void line(List<String> words) {
    switch (words.getFirst()) {
      case "allow" -> always.addAll(words.subList(1, words.size()));
      case "arch" -> {
        if (List.of(words.get(1).split(",")).contains(machine.architecture())) {
          always.addAll(words.subList(2, words.size()));
        }
      }
      case "kernel" -> {
        if (machine.hasKernel(words.get(1))) {
          always.addAll(words.subList(2, words.size()));
        }
      }
      case "cap" ->
          byCapability
              .computeIfAbsent(Capability.valueOf(words.get(1)), c -> new ArrayList<>())
              .addAll(words.subList(2, words.size()));
      default -> {
        // a comment
      }
    }
  }

  /** The policy of a container that has these capabilities. */
  ObjectNode of(Set<Capability> capabilities) {
    ObjectNode policy = JsonMapper.shared().createObjectNode();
    policy.put("defaultAction", "SCMP_ACT_ERRNO");
    policy.put("defaultErrnoRet", EPERM);
    List<String> architectures = machine.seccompArchitectures();
    if (!architectures.isEmpty()) {
      OciSpec.strings(policy.putArray("architectures"), architectures);
    }
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
      // into; ENOSYS makes it use clone. On s390 clone's flags come second.
      int flags = machine.architecture().startsWith("s390") ? 1 : 0;
      argument(
          rule(calls, ALLOW, Set.of("clone")), flags, NAMESPACE_FLAGS, 0, "SCMP_CMP_MASKED_EQ");
      rule(calls, "SCMP_ACT_ERRNO", Set.of("clone3")).put("errnoRet", ENOSYS);
    }
    for (long personality : PERSONALITIES) {
      argument(rule(calls, ALLOW, Set.of("personality")), 0, personality, 0, "SCMP_CMP_EQ");
    }
    // All families but those two. A rule with two conditions on one argument is refused by older
    // libseccomp, so there are three.
    argument(rule(calls, ALLOW, Set.of("socket")), 0, AF_ALG, 0, "SCMP_CMP_LT");
    argument(rule(calls, ALLOW, Set.of("socket")), 0, AF_ALG + 1, 0, "SCMP_CMP_EQ");
    argument(rule(calls, ALLOW, Set.of("socket")), 0, AF_VSOCK, 0, "SCMP_CMP_GT");
    return policy;
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
