package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which system calls a container may make: real ones, made by the host's perl, whose files are
 * bound into it.
 */
@Timeout(60)
class SystemCallsTest {
  private static final int EPERM = 1;
  private static final int EINVAL = 22;
  private static final int ENOSYS = 38;
  private static final int EAFNOSUPPORT = 97;

  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    assumeTrue(Files.exists(Path.of("/usr/bin/perl")), "system calls are made by perl: install it");
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "the numbers are those of x86-64");
    test = TestEngine.withBusybox();
  }

  private static Security security(String seccomp, String... capabilities) {
    return new Security(
        false, List.of(capabilities), List.of(), false, false, seccomp, null, null, "", "");
  }

  /** The errno of each call, 0 for success, in the order they are given. */
  private static List<Integer> errnos(Security security, String... calls) throws Exception {
    String script =
        Stream.of(calls)
            .map(call -> "$! = 0; syscall(" + call + ") >= 0 and $! = 0; print 0 + $!, \"\\n\";")
            .collect(Collectors.joining());
    ContainerSpec spec =
        test.spec("/usr/bin/perl", "-e", script)
            .security(security)
            .mounts(
                List.of(
                    ContainerSpec.Mount.bind(Path.of("/usr"), "/usr", true),
                    ContainerSpec.Mount.bind(Path.of("/lib").toRealPath(), "/lib", true),
                    ContainerSpec.Mount.bind(Path.of("/lib64").toRealPath(), "/lib64", true)))
            .build();
    Container container = test.engine().containers().create(spec);
    container.start();
    container.awaitExit();
    List<Integer> found =
        Files.readAllLines(spec.logPath()).stream()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .map(Integer::valueOf)
            .toList();
    container.remove();
    return found;
  }

  @Test
  void theDefaultPolicyRefusesWhatReachesPastTheContainer() throws Exception {
    assertThat(
            errnos(
                security("default"),
                "425, 1, 0", // io_uring_setup
                "321, 0, 0, 0", // bpf
                "272, 0x10000000", // unshare a user namespace
                "56, 0x10000000, 0, 0, 0, 0", // clone into one
                "435, 0, 0", // clone3
                "41, 40, 1, 0", // socket of AF_VSOCK
                "41, 38, 5, 0", // socket of AF_ALG
                "250, 0, 0, 0, 0, 0", // keyctl
                "135, 0x0400000")) // personality ADDR_COMPAT_LAYOUT
        .containsExactly(EPERM, EPERM, EPERM, EPERM, ENOSYS, EPERM, EPERM, EPERM, EPERM);
  }

  @Test
  void ordinaryProgramsAreNotHindered() throws Exception {
    assertThat(
            errnos(
                security("default"),
                "39", // getpid
                "41, 2, 1, 0", // socket of AF_INET
                "41, 16, 3, 0", // socket of AF_NETLINK
                "135, 0xffffffff", // personality, asked
                "101, 0, 0, 0, 0", // ptrace TRACEME
                "41, 39, 1, 0")) // a family the kernel may not have, but no policy against it
        .startsWith(0, 0, 0, 0, 0)
        .last()
        .isIn(EINVAL, EAFNOSUPPORT, 0);
  }

  @Test
  void capabilitiesOpenWhatTheyAreFor() throws Exception {
    assertThat(
            errnos(
                security("default", "SYS_ADMIN"),
                "272, 0x04000000", // unshare UTS
                "435, 0, 0")) // clone3, with arguments that make no sense
        .containsExactly(0, EINVAL);
  }

  @Test
  void aProfileOfOnesOwnCounts() throws Exception {
    String profile =
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
         "syscalls": [
           {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99},
           {"names": ["sched_yield"], "action": "SCMP_ACT_ERRNO",
            "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
        """;
    String getPriority = "140, 0, 0";
    String yield = "24";
    assertThat(errnos(security(profile), getPriority, yield)).containsExactly(99, 0);
    assertThat(errnos(security(profile, "SYS_ADMIN"), getPriority, yield))
        .containsExactly(99, EPERM);
    Path file = Files.writeString(test.scratch().resolve("profile.json"), profile);
    assertThat(errnos(security(file.toString()), getPriority)).containsExactly(99);
    var privileged =
        new Security(true, List.of(), List.of(), false, false, profile, null, null, "", "");
    assertThat(errnos(privileged, getPriority)).containsExactly(99);
    assertThat(errnos(security("unconfined"), getPriority)).containsExactly(0);
  }
}
