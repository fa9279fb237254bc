package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.users.UserIds;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Nodes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Containers whose root is nobody on the host. */
@Timeout(60)
class MappedUsersTest {
  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
  }

  private static ContainerSpec spec(String script, UnaryOperator<ContainerSpecBuilder> change) {
    return change
        .apply(
            test.spec("sh", "-c", "exec 2>&1; " + script).build().toBuilder()
                .users(UserMapping.PRIVATE))
        .build();
  }

  private static String output(String script, UnaryOperator<ContainerSpecBuilder> change)
      throws Exception {
    ContainerSpec spec = spec(script, change);
    Container container = test.engine().containers().create(spec);
    container.start();
    container.awaitExit();
    String text = log(spec);
    container.remove();
    return text;
  }

  private static String log(ContainerSpec spec) throws Exception {
    return Files.readAllLines(spec.logPath()).stream()
        .map(line -> line.substring(line.indexOf(' ', line.indexOf(" std") + 8) + 1))
        .collect(Collectors.joining("\n"));
  }

  private static long hostUid(int pid) throws Exception {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> Long.parseLong(line.split("\\s+")[1]))
        .findFirst()
        .orElseThrow();
  }

  private static int owner(Path path) throws Exception {
    return (int) Files.getAttribute(path, "unix:uid");
  }

  @Test
  void rootInsideIsNobodyOnTheHost() throws Exception {
    Container container =
        test.engine().containers().create(spec("exec sleep 1000", UnaryOperator.identity()));
    container.start();
    long host = hostUid(container.state().pid());
    assertThat(host).isGreaterThanOrEqualTo(65536);
    assertThat(Files.readString(Path.of("/proc/" + container.state().pid() + "/uid_map")))
        .matches("\\s*0\\s+" + host + "\\s+65536\\s*");
    container.remove();
    assertThat(test.engine().userIds().holders()).isEmpty();
  }

  @Test
  void itsFilesHaveTheIdsInside() throws Exception {
    ContainerSpec spec =
        spec(
            "stat -c %u:%g / /bin /etc/passwd; touch /new; busybox chown 33:34 /new; stat -c %u:%g"
                + " /new; busybox rm /etc/passwd; touch /tmp/x /dev/shm/y && id -u",
            UnaryOperator.identity());
    Container container = test.engine().containers().create(spec);
    container.start();
    container.awaitExit();
    assertThat(log(spec)).isEqualTo("0:0\n0:0\n0:0\n33:34\n0");
    try (Container.Tree tree = container.tree()) {
      assertThat(owner(tree.root().resolve("new"))).isEqualTo(33);
      assertThat(tree.root().resolve("etc/passwd")).doesNotExist();
    }
    container.remove();
  }

  @Test
  void volumesKeepTheIdsInside() throws Exception {
    Path volume = Files.createDirectories(test.scratch().resolve("volume"));
    Path theirs = Files.writeString(volume.resolve("theirs"), "x");
    Nodes.owner(theirs, 33, 33);
    Path single = Files.writeString(test.scratch().resolve("single"), "one file\n");
    assertThat(
            output(
                "stat -c %u /data/theirs; echo y >/data/mine; busybox chown 1000 /data/mine; cat"
                    + " /single; stat -c %u /single; touch /ro/x",
                s ->
                    s.mounts(
                        List.of(
                            ContainerSpec.Mount.bind(volume, "/data", false),
                            ContainerSpec.Mount.bind(single, "/single", false),
                            ContainerSpec.Mount.bind(volume, "/ro", true)))))
        .startsWith("33\none file\n0\n")
        .contains("Read-only");
    assertThat(owner(volume.resolve("mine"))).isEqualTo(1000);
    assertThat(theirs).exists();
  }

  @Test
  void flagsOfTheHostsMountsStay() throws Exception {
    Path guarded = Files.createDirectories(test.scratch().resolve("guarded"));
    Mounts.tmpfs(guarded, java.util.EnumSet.of(dev.mokha.linux.MountFlag.NO_EXEC), "size=1m");
    Files.createFile(guarded.resolve("file"));
    try {
      assertThat(
              output(
                  "grep ' /ro \\| /more ' /proc/mounts; ls /ro; touch /ro/x 2>&1",
                  s ->
                      s.mounts(
                          List.of(
                              ContainerSpec.Mount.bind(guarded, "/ro", true),
                              new ContainerSpec.Mount(
                                  guarded.toString(),
                                  "/more",
                                  "bind",
                                  false,
                                  false,
                                  "",
                                  List.of("nodev"))))))
          .containsPattern(" /ro tmpfs ro,noexec")
          .containsPattern(" /more tmpfs rw,nodev,noexec")
          .contains("file")
          .contains("Read-only");
    } finally {
      Mounts.unmount(guarded);
    }
  }

  @Test
  void everyContainerHasARangeOfItsOwnThatItKeeps() throws Exception {
    Container one =
        test.engine().containers().create(spec("exec sleep 1000", UnaryOperator.identity()));
    Container two =
        test.engine().containers().create(spec("exec sleep 1000", UnaryOperator.identity()));
    one.start();
    two.start();
    long first = hostUid(one.state().pid());
    assertThat(Math.abs(first - hostUid(two.state().pid()))).isGreaterThanOrEqualTo(65536);
    test.restart();
    assertThat(test.engine().userIds().holders())
        .contains(UserIds.container(one.id()), UserIds.container(two.id()));
    Container again = test.engine().containers().find(one.id()).orElseThrow();
    again.stop(java.time.Duration.ZERO);
    again.start();
    assertThat(hostUid(again.state().pid())).isEqualTo(first);
    again.remove();
    test.engine().containers().find(two.id()).orElseThrow().remove();
    assertThat(test.engine().userIds().holders()).isEmpty();
    assertThat(Mounts.list())
        .noneMatch(mount -> mount.target().startsWith(test.config().runDir().resolve("idmapped")))
        .noneMatch(mount -> mount.target().startsWith(test.config().runDir().resolve("users")));
  }

  @Test
  void execsAreMappedToo() throws Exception {
    Container container =
        test.engine().containers().create(spec("exec sleep 1000", UnaryOperator.identity()));
    container.start();
    var exec =
        container.exec(
            new Container.ExecSpec(
                List.of("sh", "-c", "id -u; cat /proc/self/uid_map"),
                List.of(),
                "",
                "",
                false,
                false,
                false));
    String text = new String(exec.stdout().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(text).startsWith("0\n").containsPattern("0\\s+1\\d{9}\\s+65536");
    container.remove();
  }

  @Test
  void theKernelsFileSystemsAreThere() throws Exception {
    assertThat(
            output(
                "echo x >/dev/null && head -c 1 /dev/zero | wc -c; ls /sys/class/net; ls"
                    + " /proc/1/ns/ | wc -l; test -d /sys/fs/cgroup && echo cgroups; busybox mknod"
                    + " /k c 1 3 || echo no nodes; stat -c %u:%g /dev/pts/ptmx /dev/shm",
                UnaryOperator.identity()))
        .startsWith("1\n")
        .contains("lo\n")
        .contains("cgroups\n")
        .contains("no nodes")
        .endsWith("0:0\n0:0");
  }

  @Test
  void devicesAreTheHosts() throws Exception {
    assertThat(
            output(
                "head -c 1 /dev/mine | wc -c",
                s ->
                    s.devices(
                        List.of(new ContainerSpec.Device("/dev/urandom", "/dev/mine", "rw")))))
        .isEqualTo("1");
  }

  @Test
  void itsOwnNetworkIsUnderItsRoot() throws Exception {
    String id = "ab".repeat(32);
    Path network = test.engine().userIds().network(UserIds.container(id));
    assertThat(
            output(
                "busybox ip link set lo up && echo up; busybox nc -l -p 80 -w 1 </dev/null 2>&1;"
                    + " ls /sys/class/net",
                s ->
                    s.id(id)
                        .namespaces(
                            new ContainerSpec.Namespaces(network.toString(), "", "", "", ""))
                        .security(
                            new Security(
                                false,
                                List.of("NET_ADMIN"),
                                List.of(),
                                false,
                                false,
                                "default",
                                null,
                                null,
                                "",
                                ""))))
        .startsWith("up\n")
        .doesNotContain("ermission")
        .endsWith("lo");
    assertThat(network).doesNotExist();
  }

  @Test
  void theHostsNetworkShowsItsDevices() throws Exception {
    assertThat(
            output(
                "ls /sys/class/net; busybox ip link set lo down || echo refused",
                s -> s.namespaces(new ContainerSpec.Namespaces("host", "", "", "", ""))))
        .contains("lo")
        .contains("refused");
  }

  @Test
  void whatCannotBeMappedIsSaid() {
    var root = List.of(ContainerSpec.Mount.bind(Path.of("/"), "/host", true));
    Container container = test.engine().containers().create(spec("true", s -> s.mounts(root)));
    assertThatThrownBy(container::start)
        .hasMessageContaining("can't be shown with mapped user ids");
    container.remove();
    assertThat(test.engine().userIds().holders()).isEmpty();
  }

  @Test
  void privilegesInsideAreNoneOutside() throws Exception {
    var privileged =
        new Security(true, List.of(), List.of(), false, false, "default", null, null, "", "");
    assertThat(
            output(
                "mkdir -p /mnt; mount -t tmpfs none /mnt && echo mounted inside; hostname changed"
                    + " && hostname; (echo 1 >/proc/sys/kernel/panic) 2>/dev/null || echo no",
                s -> s.security(privileged)))
        .contains("mounted inside")
        .contains("changed")
        .endsWith("no");
  }
}
