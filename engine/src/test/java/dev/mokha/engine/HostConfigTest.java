package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.runtime.InitProgram;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Docker's HostConfig can say of a container beside what a pod can. */
@Timeout(60)
class HostConfigTest {
  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
  }

  private static String output(String script, UnaryOperator<ContainerSpecBuilder> change)
      throws Exception {
    ContainerSpec spec =
        change.apply(test.spec("sh", "-c", "exec 2>&1; " + script).build().toBuilder()).build();
    Container container = test.engine().containers().create(spec);
    container.start();
    container.awaitExit();
    String text =
        Files.readAllLines(spec.logPath()).stream()
            .map(line -> line.substring(line.indexOf(' ', line.indexOf(" std") + 8) + 1))
            .collect(Collectors.joining("\n"));
    container.remove();
    return text;
  }

  private static ContainerSpec.Mount mount(
      Path source, String destination, String propagation, boolean nonRecursive) {
    return new ContainerSpec.Mount(
        source.toString(), destination, "bind", false, false, propagation, List.of(), nonRecursive);
  }

  @Test
  void aSmallInitIsTheFirstProcess() throws Exception {
    assumeTrue(InitProgram.find().isPresent(), "no init program: install catatonit");
    assertThat(
            output(
                "echo $$; tr '\\0' ' ' </proc/1/cmdline 2>&1 || cat /proc/1/cmdline",
                s -> s.init(true)))
        .doesNotStartWith("1\n")
        .contains("/sbin/docker-init");
  }

  @Test
  void theInitPassesTheExitCodeOn() throws Exception {
    assumeTrue(InitProgram.find().isPresent(), "no init program: install catatonit");
    Container container =
        test.engine()
            .containers()
            .create(test.spec("sh", "-c", "exit 7").build().toBuilder().init(true).build());
    container.start();
    assertThat(container.awaitExit()).isEqualTo(7);
    container.remove();
  }

  @Test
  void hostAndDomainName() throws Exception {
    assertThat(
            output(
                "hostname; cat /proc/sys/kernel/domainname",
                s -> s.hostname("box").domainname("example.org")))
        .isEqualTo("box\nexample.org");
  }

  @Test
  void sharedMemoryHasTheSizeAskedFor() throws Exception {
    String look = "grep ' /dev/shm ' /proc/mounts";
    assertThat(output(look, s -> s.shmBytes(8 << 20))).contains("size=8192k");
    assertThat(output(look, s -> s)).contains("size=65536k");
    assertThat(
            output(
                "test -e /dev/shm || echo none; readlink /proc/self/ns/ipc",
                s -> s.namespaces(new ContainerSpec.Namespaces("", "none", "", "", ""))))
        .startsWith("none\nipc:")
        .doesNotContain(Files.readSymbolicLink(Path.of("/proc/self/ns/ipc")).toString());
  }

  @Test
  void aTmpfsHasDockersDefaultsAndTakesBackEach() throws Exception {
    String look = "grep ' /mem ' /proc/mounts";
    assertThat(output(look, s -> s.mounts(List.of(tmpfs("size=1m")))))
        .contains("nosuid,nodev,noexec")
        .contains("size=1024k");
    assertThat(output(look, s -> s.mounts(List.of(tmpfs("exec", "suid", "mode=700")))))
        .contains("nodev")
        .contains("mode=700")
        .doesNotContain("noexec")
        .doesNotContain("nosuid");
    assertThat(output("touch /mem/x", s -> s.mounts(List.of(tmpfs("rw", "ro")))))
        .contains("Read-only");
  }

  private static ContainerSpec.Mount tmpfs(String... options) {
    return new ContainerSpec.Mount("", "/mem", "tmpfs", false, false, "", List.of(options));
  }

  @Test
  void bindsMayLeaveOutWhatIsMountedBelow() throws Exception {
    Path top = tree("nonrecursive", MountFlag.PRIVATE);
    try {
      String look = "ls /seen/below";
      assertThat(output(look, s -> s.mounts(List.of(mount(top, "/seen", "", false)))))
          .isEqualTo("here");
      assertThat(output(look, s -> s.mounts(List.of(mount(top, "/seen", "", true))))).isEmpty();
    } finally {
      Mounts.unmountTree(top);
    }
  }

  /** A directory that is a mount, with a tmpfs in {@code below} that has a file {@code here}. */
  private static Path tree(String name, MountFlag propagation) throws IOException {
    Path top = Files.createDirectories(test.scratch().resolve(name));
    Mounts.tmpfs(top, EnumSet.noneOf(MountFlag.class), "size=1m");
    Mounts.setPropagation(top, propagation, false);
    Path below = Files.createDirectories(top.resolve("below"));
    Mounts.tmpfs(below, EnumSet.noneOf(MountFlag.class), "size=1m");
    Files.createFile(below.resolve("here"));
    return top;
  }

  @Test
  void mountsPropagateAsAsked() throws Exception {
    for (String mode : List.of("", "private", "rprivate", "slave", "rslave", "shared", "rshared")) {
      Path top = tree("propagation" + mode, MountFlag.SHARED);
      try {
        ContainerSpec spec =
            test.spec("sleep", "1000").build().toBuilder()
                .mounts(List.of(mount(top, "/seen", mode, false)))
                .build();
        Container container = test.engine().containers().create(spec);
        container.start();
        Path late = Files.createDirectories(top.resolve("late"));
        Mounts.tmpfs(late, EnumSet.noneOf(MountFlag.class), "size=1m");
        String inside =
            Files.readString(Path.of("/proc", "" + container.state().pid(), "mountinfo"));
        String line = inside.lines().filter(l -> l.contains(" /seen ")).findFirst().orElseThrow();
        assertThat(inside.contains(" /seen/late "))
            .as("a later mount of the host is seen with " + mode)
            .isEqualTo(mode.contains("slave") || mode.contains("shared"));
        assertThat(line.contains(" shared:")).as(mode).isEqualTo(mode.contains("shared"));
        assertThat(line.contains(" master:")).as(mode).isEqualTo(mode.contains("slave"));
        container.remove();
      } finally {
        Mounts.unmountTree(top);
      }
    }
    assertThatThrownBy(
            () -> output("true", s -> s.mounts(List.of(mount(test.scratch(), "/x", "odd", false)))))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("invalid propagation mode: odd");
  }

  @Test
  void deeperMountsComeAfterThoseAboveThem() throws Exception {
    Path outer = Files.createDirectories(test.scratch().resolve("outer/inner"));
    Path inner = Files.createDirectories(test.scratch().resolve("inner"));
    Files.createFile(inner.resolve("file"));
    assertThat(
            output(
                "ls /a/inner",
                s ->
                    s.mounts(
                        List.of(
                            mount(inner, "/a/inner", "", false),
                            mount(outer.getParent(), "/a", "", false)))))
        .isEqualTo("file");
  }

  @Test
  void groupsAreAddedByName() throws Exception {
    assertThat(
            output(
                "id -G",
                s -> s.user(new ContainerSpec.User("", List.of(), List.of("www-data", "4711")))))
        .isEqualTo("0 33 4711");
    assertThatThrownBy(
            () ->
                output("id", s -> s.user(new ContainerSpec.User("", List.of(), List.of("nosuch")))))
        .hasMessageContaining("unable to find group nosuch: no matching entries in group file");
  }

  @Test
  void masksAreTheDefaultOnesOrNone() throws Exception {
    String look = "head -c 1 /proc/timer_list | wc -c; touch /proc/sys/kernel/domainname 2>&1";
    assertThat(output(look, s -> s)).startsWith("0").contains("Read-only");
    var open =
        new Security(
            false, List.of(), List.of(), false, false, "default", List.of(), List.of(), "", "");
    assertThat(output(look, s -> s.security(open))).isEqualTo("1");
  }

  @Test
  void deviceRulesAndDirectoriesOfDevices() throws Exception {
    Path devices = Files.createDirectories(test.scratch().resolve("devices/sub"));
    dev.mokha.linux.Nodes.device(
        devices.resolve("zero"), dev.mokha.linux.Nodes.CHARACTER, 1, 5, 0666);
    assertThat(
            output(
                "head -c 3 /dev/many/sub/zero | wc -c",
                s ->
                    s.devices(
                        List.of(
                            new ContainerSpec.Device(
                                devices.getParent().toString(), "/dev/many", "rwm")))))
        .isEqualTo("3");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "there is no /dev/fuse");
    // fuse is 10:229, which no container may open.
    String open = "busybox mknod /k c 10 229 && true </k && echo opened";
    assertThat(output(open, s -> s)).doesNotContain("opened");
    assertThat(output(open, s -> s.deviceRules(List.of("c 10:229 rwm")))).isEqualTo("opened");
    assertThatThrownBy(() -> output("true", s -> s.deviceRules(List.of("c 1:11"))))
        .hasMessageContaining("invalid device cgroup rule format: 'c 1:11'");
    assertThatThrownBy(
            () ->
                output(
                    "true",
                    s ->
                        s.devices(List.of(new ContainerSpec.Device("/dev/nope", "/dev/nope", "")))))
        .hasMessageContaining(
            "error gathering device information while adding custom device \"/dev/nope\": no such"
                + " file or directory");
  }

  @Test
  void theCgroupHasAllLimits() throws Exception {
    Path v1 = Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    assumeTrue(Files.exists(v1), "the files' names are those of cgroup v1");
    var limits =
        new Resources(
            0, 0, 0, 64 << 20, -1, 0, 0, "", 32 << 20, "0", 300, List.of(), List.of(), List.of(),
            true, 10, 0L, 0L);
    Container container =
        test.engine()
            .containers()
            .create(test.spec("sleep", "1000").build().toBuilder().resources(limits).build());
    container.start();
    String path = test.config().cgroupRoot() + "/" + container.id();
    assertThat(cgroup("memory", path, "memory.soft_limit_in_bytes")).isEqualTo("33554432");
    assertThat(cgroup("memory", path, "memory.swappiness")).isEqualTo("10");
    assertThat(cgroup("memory", path, "memory.oom_control")).contains("oom_kill_disable 1");
    assertThat(Long.parseLong(cgroup("memory", path, "memory.memsw.limit_in_bytes")))
        .isGreaterThan(1L << 60);
    assertThat(cgroup("cpuset", path, "cpuset.mems")).isEqualTo("0");
    String weight = "blkio.bfq.weight";
    if (Files.exists(Path.of("/sys/fs/cgroup/blkio" + path, weight))) {
      assertThat(cgroup("blkio", path, weight)).isEqualTo("300");
    }
    container.remove();
  }

  @Test
  void disksAreThrottled() throws Exception {
    Path disk = Path.of("/dev/vda");
    assumeTrue(Files.exists(disk), "there is no disk /dev/vda");
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device")),
        "the kernel does not throttle disks through cgroup v1");
    var limits =
        new Resources(
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            "",
            0,
            "",
            0,
            List.of(
                new Resources.Throttle(
                    disk.toString(), Resources.Throttle.Kind.WRITE_BYTES, 1 << 20)),
            List.of());
    Container container =
        test.engine()
            .containers()
            .create(test.spec("sleep", "1000").build().toBuilder().resources(limits).build());
    String path = test.config().cgroupRoot() + "/" + container.id();
    container.start();
    assertThat(cgroup("blkio", path, "blkio.throttle.write_bps_device")).endsWith(" 1048576");
    container.remove();
  }

  private static String cgroup(String controller, String path, String file) throws IOException {
    return Files.readString(Path.of("/sys/fs/cgroup/" + controller + path, file)).strip();
  }

  @Test
  void cgroupNamespacesAreTheHostsOrItsOwn() throws Exception {
    String host = Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup")).toString();
    String look = "readlink /proc/self/ns/cgroup";
    assertThat(
            output(look, s -> s.namespaces(new ContainerSpec.Namespaces("", "", "", "", "host"))))
        .isEqualTo(host);
    assertThat(output(look, s -> s)).startsWith("cgroup:").isNotEqualTo(host);
  }

  @Test
  void annotationsAndLabelsReachTheRuntime() throws Exception {
    ContainerSpec spec =
        test.spec("true").build().toBuilder()
            .annotations(Map.of("dev.mokha/x", "y", "run.oci.hooks.stdout", "/etc/x"))
            .build();
    Container container = test.engine().containers().create(spec);
    container.start();
    Path config =
        test.config().runDir().resolve("containers").resolve(container.id()).resolve("config.json");
    assertThat(Files.readString(config))
        .contains("\"annotations\":{\"dev.mokha/x\":\"y\"")
        .doesNotContain("run.oci.hooks"); // crun would write there for whoever asks
    container.remove();
  }
}
