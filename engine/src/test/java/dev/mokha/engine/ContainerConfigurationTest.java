package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerEvent;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.containers.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a specification asks for is what the process inside sees. */
@Timeout(60)
class ContainerConfigurationTest {
  private static final Security DEFAULT = Security.DEFAULT;
  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
  }

  private static String output(ContainerSpecBuilder builder) throws Exception {
    ContainerSpec spec = builder.build();
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

  private static ContainerSpecBuilder shell(String script) {
    return test.spec("sh", "-c", script);
  }

  @Test
  void usersAreFoundInTheImage() throws Exception {
    assertThat(output(shell("id").user(new ContainerSpec.User("www-data", List.of(1234L)))))
        .isEqualTo("uid=33(www-data) gid=33(www-data) groups=33(www-data),1234");
    assertThat(output(shell("id -u; id -g").user(new ContainerSpec.User("4711:4712", List.of()))))
        .isEqualTo("4711\n4712");
    assertThat(output(shell("echo $HOME").user(new ContainerSpec.User("www-data", List.of()))))
        .isEqualTo("/var/www");
    assertThatThrownBy(() -> output(shell("id").user(new ContainerSpec.User("nosuch", List.of()))))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("nosuch");
  }

  @Test
  void environmentDirectoryAndHostName() throws Exception {
    assertThat(
            output(
                shell("echo $A; pwd; hostname")
                    .env(List.of("A=b c", "PATH=/bin"))
                    .workingDir("/made/here")
                    .hostname("box")))
        .isEqualTo("b c\n/made/here\nbox");
  }

  @Test
  void mountsAreReadOnlyWhereAsked() throws Exception {
    Path shared = Files.createDirectories(test.scratch().resolve("shared"));
    Files.writeString(shared.resolve("hello"), "from the host");
    assertThat(
            output(
                shell(
                        "cat /rw/hello; echo; touch /ro/x; touch /rw/x; stat -c %a /mem; touch"
                            + " /mem/y")
                    .mounts(
                        List.of(
                            ContainerSpec.Mount.bind(shared, "/rw", false),
                            ContainerSpec.Mount.bind(shared, "/ro", true),
                            new ContainerSpec.Mount(
                                "",
                                "/mem",
                                "tmpfs",
                                false,
                                false,
                                "private",
                                List.of("size=1m", "mode=711"))))))
        .startsWith("from the host\n")
        .contains("/ro/x: Read-only file system")
        .contains("711")
        .doesNotContain("/mem/y");
    assertThat(shared.resolve("x")).exists();
  }

  @Test
  void recursivelyReadOnlyMountsAreSo() throws Exception {
    Path shared = Files.createDirectories(test.scratch().resolve("recursive"));
    var mount =
        new ContainerSpec.Mount(shared.toString(), "/ro", "bind", true, true, "private", List.of());
    assertThat(output(shell("touch /ro/x").mounts(List.of(mount))))
        .contains("Read-only file system");
  }

  @Test
  void readOnlyRoot() throws Exception {
    var security =
        new Security(false, List.of(), List.of(), true, true, "default", null, null, "", "");
    assertThat(output(shell("touch /x; grep NoNewPrivs /proc/self/status").security(security)))
        .contains("Read-only file system")
        .contains("NoNewPrivs:\t1");
  }

  @Test
  void capabilitiesAreDropedAndAdded() throws Exception {
    String caps = "grep CapEff /proc/self/status";
    assertThat(output(shell(caps))).isEqualTo("CapEff:\t00000000a80425fb");
    assertThat(
            output(
                shell(caps)
                    .security(
                        new Security(
                            false,
                            List.of("NET_ADMIN"),
                            List.of("ALL"),
                            false,
                            false,
                            "default",
                            null,
                            null,
                            "",
                            ""))))
        .isEqualTo("CapEff:\t0000000000001000");
  }

  @Test
  void theDefaultPolicyRefusesMountsAndAPrivilegedContainerMayMakeThem() throws Exception {
    String script = "mount -t tmpfs none /mnt && echo mounted; grep Seccomp: /proc/self/status";
    String prepared = "mkdir -p /mnt; " + script;
    assertThat(output(shell(prepared))).contains("Seccomp:\t2").doesNotContain("mounted");
    var privileged =
        new Security(true, List.of(), List.of(), false, false, "default", null, null, "", "");
    assertThat(output(shell(prepared).security(privileged)))
        .contains("mounted")
        .contains("Seccomp:\t0");
  }

  @Test
  void hostDevicesAreThereWhenAsked() throws Exception {
    String look = "stat -c '%t:%T' /dev/mine && head -c 1 /dev/mine >/dev/null && echo readable";
    assertThat(
            output(
                shell(look)
                    .devices(List.of(new ContainerSpec.Device("/dev/urandom", "/dev/mine", "rw")))))
        .isEqualTo("1:9\nreadable");
  }

  @Test
  void limitsReachTheCgroup() throws Exception {
    var resources = new Resources(512, 20000, 100000, 64 << 20, 64 << 20, 50, 100, "0");
    Container container =
        test.engine().containers().create(shell("sleep 1000").resources(resources).build());
    container.start();
    String path = test.config().cgroupRoot() + "/" + container.id();
    if (Files.exists(Path.of("/sys/fs/cgroup/memory"))) {
      assertThat(cgroup("memory", path, "memory.limit_in_bytes")).isEqualTo("67108864");
      assertThat(cgroup("cpu", path, "cpu.shares")).isEqualTo("512");
      assertThat(cgroup("cpu", path, "cpu.cfs_quota_us")).isEqualTo("20000");
      assertThat(cgroup("pids", path, "pids.max")).isEqualTo("50");
      container.update(new Resources(1024, 30000, 100000, 96 << 20, 96 << 20, 60, 0, ""));
      assertThat(cgroup("memory", path, "memory.limit_in_bytes")).isEqualTo("100663296");
      assertThat(cgroup("cpu", path, "cpu.cfs_quota_us")).isEqualTo("30000");
    }
    assertThat(Files.readString(Path.of("/proc/" + container.state().pid() + "/oom_score_adj")))
        .isEqualTo("100\n");
    var stats = container.stats();
    assertThat(stats.memoryBytes()).isPositive();
    assertThat(stats.pids()).isBetween(1L, 5L);
    assertThat(stats.cpuNanos()).isPositive();
    container.remove();
  }

  @Test
  void limitsOfARunningContainerChangeAndAreKept() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/memory")), "this reads cgroup v1 files");
    Container container =
        test.engine()
            .containers()
            .create(
                shell("sleep 1000")
                    .resources(new Resources(0, 0, 0, 64 << 20, 64 << 20, 20, 0, ""))
                    .build());
    container.start();
    int pid = container.state().pid();
    var disk = disk();
    var changed =
        new Resources(
            700,
            15000,
            50000,
            128 << 20,
            128 << 20,
            30,
            0,
            "0",
            32 << 20,
            "0",
            0,
            disk.map(
                    device ->
                        List.of(
                            new Resources.Throttle(
                                device, Resources.Throttle.Kind.WRITE_BYTES, 12 << 20)))
                .orElse(List.of()),
            List.of());
    container.update(changed);
    assertThat(container.state().pid()).as("without a restart").isEqualTo(pid);
    for (int run = 0; run < 2; run++) {
      String path = test.config().cgroupRoot() + "/" + container.id();
      assertThat(cgroup("memory", path, "memory.limit_in_bytes")).isEqualTo("134217728");
      assertThat(cgroup("memory", path, "memory.soft_limit_in_bytes")).isEqualTo("33554432");
      assertThat(cgroup("cpu", path, "cpu.shares")).isEqualTo("700");
      assertThat(cgroup("cpu", path, "cpu.cfs_period_us")).isEqualTo("50000");
      assertThat(cgroup("cpuset", path, "cpuset.cpus")).isEqualTo("0");
      assertThat(cgroup("pids", path, "pids.max")).isEqualTo("30");
      if (disk.isPresent()) {
        assertThat(cgroup("blkio", path, "blkio.throttle.write_bps_device")).endsWith(" 12582912");
      }
      container.stop(java.time.Duration.ZERO);
      container.start();
    }
    container.update(new Resources(0, 0, 0, 128 << 20, 128 << 20, 40, 0, "0"));
    assertThat(
            cgroup(
                "blkio",
                test.config().cgroupRoot() + "/" + container.id(),
                "blkio.throttle.write_bps_device"))
        .isEmpty();
    container.remove();
  }

  /** A whole disk of this machine, if it has one. */
  private static java.util.Optional<String> disk() throws IOException {
    try (var disks = Files.list(Path.of("/sys/block"))) {
      return disks
          .map(path -> "/dev/" + path.getFileName())
          .filter(path -> path.matches("/dev/([sv]d[a-z]|nvme\\d+n\\d+)"))
          .filter(path -> Files.exists(Path.of(path)))
          .findFirst();
    }
  }

  private static String cgroup(String controller, String path, String file) throws IOException {
    return Files.readString(Path.of("/sys/fs/cgroup/" + controller + path, file)).strip();
  }

  @Test
  void aContainerOutOfMemoryIsToldSo() throws Exception {
    var resources = new Resources(0, 0, 0, 16 << 20, 16 << 20, 0, 0, "");
    Container container =
        test.engine()
            .containers()
            .create(
                shell("exec dd if=/dev/zero of=/dev/null bs=64M count=1")
                    .resources(resources)
                    .build());
    var events = new java.util.concurrent.LinkedBlockingQueue<ContainerEvent>();
    test.engine().containers().onEvent(events::add);
    container.start();
    assertThat(container.awaitExit()).isEqualTo(137);
    assertThat(container.state().oomKilled()).isTrue();
    assertThat(events.take()).isEqualTo(new ContainerEvent.OutOfMemory(container, 1));
    container.remove();
  }

  /** The kernel says so, of each kill, while the container goes on. */
  @Test
  void eachKillIsToldAtOnce() throws Exception {
    var resources = new Resources(0, 0, 0, 24 << 20, 24 << 20, 0, 0, "");
    Container container =
        test.engine().containers().create(shell("exec sleep 1000").resources(resources).build());
    var events = new java.util.concurrent.LinkedBlockingQueue<ContainerEvent>();
    test.engine().containers().onEvent(events::add);
    container.start();
    for (long kill = 1; kill <= 2; kill++) {
      List<String> greedy = List.of("dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1");
      try (var session =
          container.exec(new Container.ExecSpec(greedy, List.of(), "", "", false, false, false))) {
        session.stdout().readAllBytes();
        assertThat(session.awaitExit()).isEqualTo(137);
      }
      assertThat(events.poll(10, java.util.concurrent.TimeUnit.SECONDS))
          .isEqualTo(new ContainerEvent.OutOfMemory(container, kill));
    }
    assertThat(container.state().status()).isEqualTo(Container.Status.RUNNING);
    container.kill(9);
    container.awaitExit();
    container.remove();
    assertThat(events).isEmpty();
  }

  @Test
  void aContainerThatIsHeldBackIsTold() throws Exception {
    var resources = new Resources(0, 10_000, 100_000, 0, 0, 77, 0, "");
    var events = new java.util.concurrent.LinkedBlockingQueue<ContainerEvent>();
    test.engine().containers().onEvent(events::add);
    Container container =
        test.engine()
            .containers()
            .create(shell("while true; do true; done").resources(resources).build());
    container.start();
    assertThat(events.take())
        .isInstanceOfSatisfying(
            ContainerEvent.Throttled.class,
            event -> {
              assertThat(event.container()).isSameAs(container);
              assertThat(event.periods()).isPositive();
              assertThat(event.held()).isPositive();
            });
    Usage usage = container.stats().usage();
    assertThat(usage.cpu().throttledPeriods()).isPositive();
    assertThat(usage.cpu().user() + usage.cpu().system()).isPositive();
    // Not compared with each other: under v1 the kernel samples user and system time by ticks.
    assertThat(usage.cpu().total()).isPositive();
    assertThat(usage.pids()).isEqualTo(1);
    assertThat(usage.pidsLimit()).isEqualTo(77);
    assertThat(usage.memory().limit()).isZero();
    assertThat(usage.memory().used()).isPositive();
    assertThat(usage.memory().fields()).isNotEmpty();
    assertThat(usage.networks()).as("only loopback").isEmpty();
    container.remove();
  }

  @Test
  void whatCannotBeRaisedIsClamped() throws Exception {
    var resources = new Resources(0, 0, 0, 0, 0, 0, -998, "");
    assertThat(
            output(
                shell("cat /proc/self/oom_score_adj >/dev/null && ulimit -n")
                    .resources(resources)
                    .rlimits(Map.of("RLIMIT_NOFILE", new ContainerSpec.Rlimit(512, 1L << 40)))))
        .isEqualTo("512");
  }

  @Test
  void sysctlsHoldInside() throws Exception {
    assertThat(
            output(
                shell("cat /proc/sys/net/ipv4/ip_unprivileged_port_start")
                    .sysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "80"))))
        .isEqualTo("80");
  }

  @Test
  void joinsNamespacesByPath() throws Exception {
    Container first = test.run("sleep", "1000");
    String base = "/proc/" + first.state().pid() + "/ns/";
    var joined =
        new ContainerSpec.Namespaces(base + "net", base + "ipc", base + "uts", base + "pid", "");
    String net = Files.readSymbolicLink(Path.of(base + "net")).toString();
    assertThat(
            output(
                shell("readlink /proc/self/ns/net; ps | grep -c 'sleep 100[0]'")
                    .namespaces(joined)))
        .isEqualTo(net + "\n1");
    first.remove();
  }
}
