package dev.mokha.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.Capability;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What profiles come to on a machine, for a container with some capabilities. */
class SeccompProfileTest {
  private static final Machine PC = new Machine("amd64", "6.1.0-13-amd64");
  private static final Set<Capability> NONE = EnumSet.noneOf(Capability.class);

  private static ObjectNode select(String text, Machine machine, Set<Capability> capabilities) {
    return SeccompProfile.parse(text, machine).select(capabilities).orElseThrow();
  }

  private static List<String> names(ObjectNode policy) {
    List<String> names = new ArrayList<>();
    for (JsonNode call : policy.path("syscalls")) {
      call.path("names").forEach(name -> names.add(name.asString()));
    }
    return names;
  }

  private static String withRule(String rule) {
    return "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\","
        + rule
        + "}]}";
  }

  @Test
  void rulesHoldByCapabilityMachineAndKernel() {
    String caps = withRule("\"names\":[\"acct\"],\"includes\":{\"caps\":[\"CAP_SYS_PACCT\"]}");
    assertThat(names(select(caps, PC, NONE))).isEmpty();
    assertThat(names(select(caps, PC, EnumSet.of(Capability.SYS_PACCT)))).containsExactly("acct");
    String unless = withRule("\"names\":[\"clone3\"],\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}");
    assertThat(names(select(unless, PC, NONE))).containsExactly("clone3");
    assertThat(names(select(unless, PC, EnumSet.of(Capability.SYS_ADMIN)))).isEmpty();
    String arch = withRule("\"names\":[\"modify_ldt\"],\"includes\":{\"arches\":[\"amd64\"]}");
    assertThat(names(select(arch, PC, NONE))).containsExactly("modify_ldt");
    assertThat(names(select(arch, new Machine("arm64", "6.1"), NONE))).isEmpty();
    String kernel = withRule("\"name\":\"ptrace\",\"includes\":{\"minKernel\":\"4.8\"}");
    assertThat(names(select(kernel, PC, NONE))).containsExactly("ptrace");
    assertThat(names(select(kernel, new Machine("amd64", "4.7.9"), NONE))).isEmpty();
    assertThat(names(select(kernel, new Machine("amd64", "4.10.0"), NONE))).hasSize(1);
  }

  @Test
  void architecturesComeFromTheMap() {
    String text =
        """
        {"defaultAction":"SCMP_ACT_ALLOW","archMap":[
          {"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]},
          {"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}]}
        """;
    assertThat(select(text, PC, NONE).path("architectures").toString())
        .isEqualTo("[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]");
    assertThat(select(text, new Machine("vax", "6.1"), NONE).has("architectures")).isFalse();
  }

  @Test
  void argumentsAndErrnoStay() {
    ObjectNode policy =
        select(
            withRule(
                "\"names\":[\"clone\"],\"errnoRet\":38,\"args\":[{\"index\":0,\"value\":2114060288,"
                    + "\"op\":\"SCMP_CMP_MASKED_EQ\"}]"),
            PC,
            NONE);
    JsonNode rule = policy.path("syscalls").get(0);
    assertThat(rule.path("errnoRet").asInt()).isEqualTo(38);
    assertThat(rule.path("args").get(0).path("value").asLong()).isEqualTo(2114060288L);
    assertThat(rule.has("includes")).isFalse();
  }

  @Test
  void anEmptyProfileIsNone() {
    assertThat(SeccompProfile.parse("{}", PC).select(NONE)).isEmpty();
  }

  @Test
  void whatIsWrongIsSaid() {
    assertInvalid("{", "Decoding seccomp profile failed");
    assertInvalid("[]", "no JSON object");
    assertInvalid("{\"defaultAction\":\"ALLOW\"}", "no action 'ALLOW'");
    assertInvalid(withRule("\"names\":[]"), "names no system call");
    assertInvalid(withRule("\"name\":\"a\",\"names\":[\"b\"]"), "both 'name' and 'names'");
    assertInvalid(
        withRule("\"names\":[\"a\"],\"args\":[{\"index\":9,\"op\":\"SCMP_CMP_EQ\"}]"),
        "no argument 9");
    assertInvalid(
        withRule("\"names\":[\"a\"],\"args\":[{\"index\":0,\"op\":\"EQ\"}]"), "no operator 'EQ'");
    assertInvalid(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],"
            + "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\"}]}",
        "both 'architectures' and 'archMap'");
  }

  private static void assertInvalid(String text, String why) {
    assertThatThrownBy(() -> SeccompProfile.parse(text, PC))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theDefaultFollowsMachineAndCapabilities() {
    SeccompPolicy pc = new SeccompPolicy(PC);
    assertThat(names(pc.of(NONE)))
        .contains("arch_prctl", "modify_ldt", "ptrace", "statmount", "vmsplice")
        .doesNotContain("io_uring_setup", "mount", "bpf", "set_tls", "userfaultfd", "keyctl");
    assertThat(names(new SeccompPolicy(new Machine("arm64", "4.4")).of(NONE)))
        .contains("set_tls")
        .doesNotContain("arch_prctl", "ptrace");
    assertThat(names(pc.of(EnumSet.of(Capability.SYS_ADMIN)))).contains("mount", "unshare");
    assertThat(names(pc.of(EnumSet.of(Capability.SYS_PTRACE)))).contains("pidfd_getfd");
  }
}
