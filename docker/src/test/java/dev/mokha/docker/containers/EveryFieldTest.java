package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import dev.mokha.docker.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/**
 * No field of the API is passed over in silence: each of API 1.50's HostConfig and Config is obeyed
 * by a container that runs, or refused with a sentence, or the client's own business.
 */
final class EveryFieldTest {
  private static final Set<String> HOST_CONFIG =
      Set.of(
          ("Annotations AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps"
               + " BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CapAdd CapDrop Cgroup"
               + " CgroupParent CgroupnsMode ConsoleSize ContainerIDFile CpuCount CpuPercent"
               + " CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus"
               + " CpusetMems DeviceCgroupRules DeviceRequests Devices Dns DnsOptions DnsSearch"
               + " ExtraHosts GroupAdd IOMaximumBandwidth IOMaximumIOps Init IpcMode Isolation"
               + " KernelMemory KernelMemoryTCP Links LogConfig MaskedPaths Memory"
               + " MemoryReservation MemorySwap MemorySwappiness Mounts NanoCpus NetworkMode"
               + " OomKillDisable OomScoreAdj PidMode PidsLimit PortBindings Privileged"
               + " PublishAllPorts ReadonlyPaths ReadonlyRootfs RestartPolicy Runtime SecurityOpt"
               + " ShmSize StorageOpt Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver"
               + " VolumesFrom")
              .split(" "));

  private static final Set<String> CONFIG =
      Set.of(
          ("ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env"
                  + " ExposedPorts Healthcheck Hostname Image Labels MacAddress NetworkDisabled"
                  + " OnBuild OpenStdin Shell StdinOnce StopSignal StopTimeout Tty User Volumes"
                  + " WorkingDir")
              .split(" "));

  /** Of the client, of Windows, or of images only. */
  private static final Map<String, String> NOT_OF_A_CONTAINER =
      Map.of(
          "ContainerIDFile", "the client writes that file",
          "ArgsEscaped", "Windows",
          "AttachStdin", "shown to clients, which attach by a call of its own",
          "AttachStdout", "the same",
          "AttachStderr", "the same",
          "OnBuild", "of an image that is made from the container");

  /** What a running container is asked. */
  private record Seen(String id, JsonNode config, JsonNode inspect) {
    String file(String path) {
      try {
        return Files.readString(Path.of("/proc", pid(), "root", path));
      } catch (IOException e) {
        return "";
      }
    }

    String pid() {
      return inspect.at("/State/Pid").asString();
    }

    String status(String key) {
      try {
        return Files.readAllLines(Path.of("/proc", pid(), "status")).stream()
            .filter(line -> line.startsWith(key + ":"))
            .map(line -> line.substring(key.length() + 1).strip())
            .findFirst()
            .orElse("");
      } catch (IOException e) {
        return "";
      }
    }

    String namespace(String kind) {
      try {
        return Files.readSymbolicLink(Path.of("/proc", pid(), "ns", kind)).toString();
      } catch (IOException e) {
        return "";
      }
    }

    JsonNode mount(String destination) {
      for (JsonNode mount : config.path("mounts")) {
        if (mount.path("destination").asString().equals(destination)) {
          return mount;
        }
      }
      return Json.object();
    }
  }

  private interface Check {
    void of(Seen seen) throws IOException;
  }

  /**
   * A field that is obeyed.
   *
   * @param fields it and what goes with it
   * @param sign what a warning says where this kernel can't; empty when it always can
   */
  private record Obeyed(String fields, String sign, Check check) {}

  private static TestDocker docker;
  private static Path shared;

  @BeforeAll
  static void open() throws IOException {
    docker = new TestDocker().withBusybox();
    shared = Files.createTempDirectory("fields");
    Files.writeString(shared.resolve("here"), "of the host\n");
    docker.call("POST", "/networks/create", "{\"Name\":\"fields\"}");
    run("donor", "\"HostConfig\":{\"IpcMode\":\"shareable\",\"Binds\":[\"vol:/donated\"]}");
  }

  @AfterAll
  static void close() throws IOException {
    if (docker != null) {
      docker.close();
      dev.mokha.linux.DurableFiles.delete(shared);
    }
  }

  @AfterEach
  void remove() {
    docker.call("DELETE", "/containers/tried?force=1&v=1");
  }

  private static Answer create(String name, String fields) {
    String command = fields.contains("\"Cmd\"") ? "" : ",\"Cmd\":[\"sleep\",\"1000\"]";
    return docker.call(
        "POST",
        "/v1.50/containers/create?name=" + name,
        "{\"Image\":\"busybox\"" + command + (fields.isEmpty() ? "" : "," + fields) + "}");
  }

  private static Answer run(String name, String fields) {
    Answer made = create(name, fields);
    assertThat(made.status()).as(fields + ": " + made.text()).isEqualTo(201);
    Answer started = docker.call("POST", "/v1.50/containers/" + name + "/start");
    assertThat(started.status()).as(fields + ": " + started.text()).isEqualTo(204);
    return made;
  }

  private static Seen see() throws IOException {
    JsonNode inspect = docker.call("GET", "/v1.50/containers/tried/json").json();
    String id = inspect.path("Id").asString();
    Path bundle = docker.engine().config().runDir().resolve("containers").resolve(id);
    return new Seen(
        id, Json.MAPPER.readTree(Files.readAllBytes(bundle.resolve("config.json"))), inspect);
  }

  private static String host(String fields) {
    return "\"HostConfig\":{" + fields + "}";
  }

  private static Obeyed always(String fields, Check check) {
    return new Obeyed(fields, "", check);
  }

  private static void limit(Seen seen, String pointer, long value) {
    assertThat(seen.config().at("/linux/resources" + pointer).asLong()).isEqualTo(value);
  }

  /** Through the runtime, or in BFQ's own file of cgroup v1. */
  private static void weighs(Seen seen) throws IOException {
    String cgroup = seen.config().at("/linux/cgroupsPath").asString();
    Path bfq = Path.of("/sys/fs/cgroup/blkio" + cgroup, "blkio.bfq.weight");
    if (Files.exists(bfq)) {
      assertThat(Files.readString(bfq).strip()).isEqualTo("300");
    } else {
      limit(seen, "/blockIO/weight", 300);
    }
  }

  private static Obeyed throttle(String field, String name) {
    return new Obeyed(
        host("\"" + field + "\":[{\"Path\":\"/dev/loop0\",\"Rate\":4096}]"),
        "Block I/O",
        seen -> limit(seen, "/blockIO/" + name + "/0/rate", 4096));
  }

  private static Map<String, Obeyed> hostConfig() {
    Map<String, Obeyed> all = new LinkedHashMap<>();
    all.put(
        "Annotations",
        always(
            host("\"Annotations\":{\"a.b\":\"c\"}"),
            seen -> assertThat(seen.config().at("/annotations/a.b").asString()).isEqualTo("c")));
    all.put(
        "AutoRemove",
        always(
            host("\"AutoRemove\":true"),
            seen -> {
              docker.call("POST", "/containers/tried/kill");
              docker.call("POST", "/containers/tried/wait?condition=removed");
              assertThat(docker.call("GET", "/containers/tried/json").status()).isEqualTo(404);
            }));
    all.put(
        "Binds",
        always(
            host("\"Binds\":[\"" + shared + ":/bound:ro\"]"),
            seen -> {
              assertThat(seen.file("bound/here")).isEqualTo("of the host\n");
              assertThat(seen.mount("/bound").path("options").toString()).contains("\"ro\"");
            }));
    all.put("BlkioDeviceReadBps", throttle("BlkioDeviceReadBps", "throttleReadBpsDevice"));
    all.put("BlkioDeviceReadIOps", throttle("BlkioDeviceReadIOps", "throttleReadIOPSDevice"));
    all.put("BlkioDeviceWriteBps", throttle("BlkioDeviceWriteBps", "throttleWriteBpsDevice"));
    all.put("BlkioDeviceWriteIOps", throttle("BlkioDeviceWriteIOps", "throttleWriteIOPSDevice"));
    all.put(
        "BlkioWeight", new Obeyed(host("\"BlkioWeight\":300"), "weight", EveryFieldTest::weighs));
    all.put(
        "CapAdd",
        always(
            host("\"CapAdd\":[\"SYS_TIME\"]"), seen -> assertThat(capability(seen, 25)).isTrue()));
    all.put(
        "CapDrop",
        always(host("\"CapDrop\":[\"CHOWN\"]"), seen -> assertThat(capability(seen, 0)).isFalse()));
    all.put(
        "CgroupParent",
        always(
            host("\"CgroupParent\":\"" + docker.engine().config().cgroupRoot() + "/mine\""),
            seen ->
                assertThat(Files.readString(Path.of("/proc", seen.pid(), "cgroup")))
                    .contains("/mine/")));
    all.put(
        "CgroupnsMode",
        always(
            host("\"CgroupnsMode\":\"private\""),
            seen -> assertThat(seen.namespace("cgroup")).isNotEqualTo(own("cgroup"))));
    all.put(
        "ConsoleSize",
        always(
            "\"Tty\":true,\"Cmd\":[\"sh\",\"-c\",\"busybox stty size; sleep 1000\"],"
                + host("\"ConsoleSize\":[33,77]"),
            seen -> awaitLog("33 77")));
    all.put(
        "CpuPeriod",
        always(host("\"CpuPeriod\":50000"), seen -> limit(seen, "/cpu/period", 50000)));
    all.put(
        "CpuQuota", always(host("\"CpuQuota\":20000"), seen -> limit(seen, "/cpu/quota", 20000)));
    all.put(
        "CpuShares", always(host("\"CpuShares\":512"), seen -> limit(seen, "/cpu/shares", 512)));
    all.put(
        "CpusetCpus",
        always(
            host("\"CpusetCpus\":\"0\""),
            seen -> assertThat(seen.status("Cpus_allowed_list")).isEqualTo("0")));
    all.put(
        "CpusetMems",
        always(
            host("\"CpusetMems\":\"0\""),
            seen -> assertThat(seen.status("Mems_allowed_list")).isEqualTo("0")));
    all.put(
        "DeviceCgroupRules",
        always(
            host("\"DeviceCgroupRules\":[\"c 10:200 rwm\"]"),
            seen ->
                assertThat(seen.config().at("/linux/resources/devices").toString())
                    .contains("\"major\":10,\"minor\":200")));
    all.put(
        "Devices",
        always(
            host(
                "\"Devices\":[{\"PathOnHost\":\"/dev/full\",\"PathInContainer\":\"/dev/mine\","
                    + "\"CgroupPermissions\":\"rw\"}]"),
            seen -> assertThat(Path.of("/proc", seen.pid(), "root/dev/mine")).exists()));
    all.put(
        "Dns",
        always(
            host("\"Dns\":[\"192.0.2.1\"]"),
            seen -> assertThat(seen.file("etc/resolv.conf")).contains("nameserver 192.0.2.1")));
    all.put(
        "DnsOptions",
        always(
            host("\"DnsOptions\":[\"attempts:7\"]"),
            seen -> assertThat(seen.file("etc/resolv.conf")).contains("attempts:7")));
    all.put(
        "DnsSearch",
        always(
            host("\"DnsSearch\":[\"here.example\"]"),
            seen -> assertThat(seen.file("etc/resolv.conf")).contains("search here.example")));
    all.put(
        "ExtraHosts",
        always(
            host("\"ExtraHosts\":[\"there:192.0.2.9\"]"),
            seen -> assertThat(seen.file("etc/hosts")).contains("192.0.2.9\tthere")));
    all.put(
        "GroupAdd",
        always(
            host("\"GroupAdd\":[\"4711\"]"),
            seen -> assertThat(seen.status("Groups")).contains("4711")));
    all.put(
        "Init",
        always(
            host("\"Init\":true"),
            seen -> assertThat(seen.config().at("/process/args/0").asString()).contains("init")));
    all.put(
        "IpcMode",
        always(
            host("\"IpcMode\":\"container:donor\""),
            seen -> assertThat(seen.namespace("ipc")).isEqualTo(namespaceOf("donor", "ipc"))));
    all.put(
        "Links",
        always(
            host("\"Links\":[\"donor:friend\"]"),
            seen -> assertThat(seen.file("etc/hosts")).contains("\tfriend ")));
    all.put(
        "LogConfig",
        always(
            host("\"LogConfig\":{\"Type\":\"none\"}"),
            seen ->
                assertThat(docker.call("GET", "/containers/tried/logs?stdout=1").message())
                    .isEqualTo("configured logging driver does not support reading")));
    all.put(
        "MaskedPaths",
        always(
            host("\"MaskedPaths\":[\"/proc/uptime\"]"),
            seen ->
                assertThat(seen.config().at("/linux/maskedPaths").toString())
                    .isEqualTo("[\"/proc/uptime\"]")));
    all.put(
        "Memory",
        always(host("\"Memory\":67108864"), seen -> limit(seen, "/memory/limit", 67108864)));
    all.put(
        "MemoryReservation",
        always(
            host("\"MemoryReservation\":33554432"),
            seen -> limit(seen, "/memory/reservation", 33554432)));
    all.put(
        "MemorySwap",
        new Obeyed(
            host("\"Memory\":67108864,\"MemorySwap\":100000000"),
            "swap limit",
            seen -> limit(seen, "/memory/swap", 100000000)));
    all.put(
        "MemorySwappiness",
        new Obeyed(
            host("\"MemorySwappiness\":10"),
            "swappiness",
            seen -> limit(seen, "/memory/swappiness", 10)));
    all.put(
        "Mounts",
        always(
            host(
                "\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/m\","
                    + "\"TmpfsOptions\":{\"SizeBytes\":4194304,\"Mode\":448}}]"),
            seen ->
                assertThat(seen.mount("/m").path("options").toString())
                    .contains("size=4194304", "mode=700")));
    all.put(
        "NanoCpus",
        always(host("\"NanoCpus\":500000000"), seen -> limit(seen, "/cpu/quota", 50000)));
    all.put(
        "NetworkMode",
        always(
            host("\"NetworkMode\":\"container:donor\""),
            seen -> assertThat(seen.namespace("net")).isEqualTo(namespaceOf("donor", "net"))));
    all.put(
        "OomKillDisable",
        new Obeyed(
            host("\"OomKillDisable\":true,\"Memory\":67108864"),
            "OomKillDisable",
            seen ->
                assertThat(seen.config().at("/linux/resources/memory/disableOOMKiller").asBoolean())
                    .isTrue()));
    all.put(
        "OomScoreAdj",
        always(
            host("\"OomScoreAdj\":321"),
            seen ->
                assertThat(Files.readString(Path.of("/proc", seen.pid(), "oom_score_adj")).strip())
                    .isEqualTo("321")));
    all.put(
        "PidMode",
        always(
            host("\"PidMode\":\"container:donor\""),
            seen -> assertThat(seen.namespace("pid")).isEqualTo(namespaceOf("donor", "pid"))));
    all.put("PidsLimit", always(host("\"PidsLimit\":77"), seen -> limit(seen, "/pids/limit", 77)));
    all.put(
        "PortBindings",
        always(
            "\"ExposedPorts\":{\"80/tcp\":{}},"
                + host("\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\"}]}"),
            seen -> assertThat(port(seen)).isPositive()));
    all.put(
        "Privileged",
        always(host("\"Privileged\":true"), seen -> assertThat(capability(seen, 21)).isTrue()));
    all.put(
        "PublishAllPorts",
        always(
            "\"ExposedPorts\":{\"80/tcp\":{}}," + host("\"PublishAllPorts\":true"),
            seen -> assertThat(port(seen)).isPositive()));
    all.put(
        "ReadonlyPaths",
        always(
            host("\"ReadonlyPaths\":[\"/proc/sys\"]"),
            seen ->
                assertThat(seen.config().at("/linux/readonlyPaths").toString())
                    .isEqualTo("[\"/proc/sys\"]")));
    all.put(
        "ReadonlyRootfs",
        always(
            host("\"ReadonlyRootfs\":true"),
            seen -> assertThat(seen.config().at("/root/readonly").asBoolean()).isTrue()));
    all.put(
        "RestartPolicy",
        always(
            "\"Cmd\":[\"true\"],"
                + host("\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":2}"),
            seen ->
                assertThat(seen.inspect().at("/HostConfig/RestartPolicy/MaximumRetryCount").asInt())
                    .isEqualTo(2)));
    all.put(
        "Runtime",
        always(
            host("\"Runtime\":\"io.containerd.runc.v2\""),
            seen ->
                assertThat(create("other", host("\"Runtime\":\"kata\"")).message())
                    .isEqualTo("unknown or invalid runtime name: kata")));
    all.put(
        "SecurityOpt",
        always(
            host("\"SecurityOpt\":[\"no-new-privileges\"]"),
            seen -> assertThat(seen.status("NoNewPrivs")).isEqualTo("1")));
    all.put(
        "ShmSize",
        always(
            host("\"ShmSize\":8388608"),
            seen ->
                assertThat(seen.mount("/dev/shm").path("options").toString())
                    .contains("size=8388608")));
    all.put(
        "Sysctls",
        always(
            host("\"Sysctls\":{\"net.ipv4.ip_default_ttl\":\"77\"}"),
            seen -> {
              docker.call("POST", "/containers/tried/kill");
              docker.call("POST", "/containers/tried/wait");
              assertThat(seen.config().at("/linux/sysctl/net.ipv4.ip_default_ttl").asString())
                  .isEqualTo("77");
            }));
    all.put(
        "Tmpfs",
        always(
            host("\"Tmpfs\":{\"/t\":\"size=2m,exec\"}"),
            seen ->
                assertThat(seen.mount("/t").path("options").toString())
                    .contains("size=2m", "\"exec\"")));
    all.put(
        "UTSMode",
        always(
            host("\"UTSMode\":\"host\""),
            seen -> assertThat(seen.namespace("uts")).isEqualTo(own("uts"))));
    all.put(
        "Ulimits",
        always(
            host("\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":123,\"Hard\":456}]"),
            seen ->
                assertThat(Files.readString(Path.of("/proc", seen.pid(), "limits")))
                    .containsPattern("Max open files +123 +456")));
    all.put(
        "UsernsMode",
        always(
            host("\"UsernsMode\":\"private\""),
            seen -> assertThat(seen.namespace("user")).isNotEqualTo(own("user"))));
    all.put(
        "VolumeDriver",
        always(
            host("\"Binds\":[\"named:/n\"],\"VolumeDriver\":\"local\""),
            seen ->
                assertThat(
                        create("other", host("\"Binds\":[\"n2:/n\"],\"VolumeDriver\":\"nfs\""))
                            .message())
                    .isEqualTo(
                        "create n2: error looking up volume plugin nfs: plugin \"nfs\" not"
                            + " found")));
    all.put(
        "VolumesFrom",
        always(
            host("\"VolumesFrom\":[\"donor:ro\"]"),
            seen -> assertThat(seen.mount("/donated").path("options").toString()).contains("ro")));
    return all;
  }

  private static Map<String, Obeyed> config() {
    Map<String, Obeyed> all = new LinkedHashMap<>();
    all.put(
        "Cmd",
        always(
            "\"Cmd\":[\"sleep\",\"77\"]",
            seen ->
                assertThat(seen.config().at("/process/args").toString())
                    .isEqualTo("[\"sleep\",\"77\"]")));
    all.put(
        "Domainname",
        always(
            "\"Domainname\":\"d.example\"",
            seen ->
                assertThat(seen.config().at("/linux/sysctl/kernel.domainname").asString())
                    .isEqualTo("d.example")));
    all.put(
        "Entrypoint",
        always(
            "\"Entrypoint\":[\"sleep\"],\"Cmd\":[\"78\"]",
            seen ->
                assertThat(seen.config().at("/process/args").toString())
                    .isEqualTo("[\"sleep\",\"78\"]")));
    all.put(
        "Env",
        always(
            "\"Env\":[\"A=b\"]",
            seen -> assertThat(seen.config().at("/process/env").toString()).contains("A=b")));
    all.put(
        "ExposedPorts",
        always(
            "\"ExposedPorts\":{\"81/udp\":{}}",
            seen ->
                assertThat(seen.inspect().at("/NetworkSettings/Ports").has("81/udp")).isTrue()));
    all.put(
        "Healthcheck",
        always(
            "\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"],\"StartPeriod\":1000000000}",
            seen -> assertThat(seen.inspect().at("/State/Health/Status").asString()).isNotEmpty()));
    all.put(
        "Hostname",
        always(
            "\"Hostname\":\"named\"",
            seen -> assertThat(seen.file("etc/hostname")).isEqualTo("named\n")));
    all.put(
        "Image",
        always(
            "", seen -> assertThat(create("other", "\"Image\":\"no\"").status()).isEqualTo(404)));
    all.put(
        "Labels",
        always(
            "\"Labels\":{\"l\":\"m\"}",
            seen ->
                assertThat(docker.call("GET", "/containers/json?filters=" + LABEL).json())
                    .hasSize(1)));
    all.put(
        "MacAddress",
        always(
            "\"MacAddress\":\"02:00:00:00:00:77\"",
            seen ->
                assertThat(
                        seen.inspect().at("/NetworkSettings/Networks/bridge/MacAddress").asString())
                    .isEqualTo("02:00:00:00:00:77")));
    all.put(
        "NetworkDisabled",
        always(
            "\"NetworkDisabled\":true",
            seen ->
                assertThat(Files.readString(Path.of("/proc", seen.pid(), "net/dev")))
                    .contains("lo:")
                    .doesNotContain("eth0")));
    all.put(
        "OpenStdin",
        always(
            "\"OpenStdin\":true,\"Cmd\":[\"cat\"]",
            seen -> assertThat(seen.inspect().at("/State/Running").asBoolean()).isTrue()));
    all.put(
        "Shell",
        always(
            "\"Shell\":[\"/bin/busybox\",\"sh\",\"-c\"],"
                + "\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"]}",
            seen ->
                assertThat(
                        docker
                            .engine()
                            .containers()
                            .find(seen.id())
                            .orElseThrow()
                            .spec()
                            .supervision()
                            .health()
                            .command())
                    .containsExactly("/bin/busybox", "sh", "-c", "true")));
    all.put(
        "StdinOnce",
        always(
            "\"OpenStdin\":true,\"StdinOnce\":true,\"Cmd\":[\"cat\"]",
            seen ->
                assertThat(docker.engine().containers().find(seen.id()).orElseThrow().spec())
                    .matches(spec -> spec.stdinOnce())));
    all.put(
        "StopSignal",
        always(
            "\"StopSignal\":\"SIGUSR1\","
                + "\"Cmd\":[\"sh\",\"-c\",\"trap 'exit 7' USR1; echo set; while true; do sleep"
                + " 0.05; done\"]",
            seen -> {
              awaitLog("set");
              docker.call("POST", "/containers/tried/stop?t=20");
              assertThat(docker.call("GET", "/containers/tried/json").json().at("/State/ExitCode"))
                  .hasToString("7");
            }));
    all.put(
        "StopTimeout",
        always(
            "\"StopTimeout\":0,\"Cmd\":[\"sh\",\"-c\",\"trap '' TERM; echo set; while true; do"
                + " sleep 0.05; done\"]",
            seen -> {
              awaitLog("set");
              long begun = System.nanoTime();
              docker.call("POST", "/containers/tried/stop");
              assertThat(System.nanoTime() - begun).isLessThan(5_000_000_000L);
            }));
    all.put(
        "Tty",
        always(
            "\"Tty\":true",
            seen -> assertThat(seen.config().at("/process/terminal").asBoolean()).isTrue()));
    all.put(
        "User",
        always("\"User\":\"77\"", seen -> assertThat(seen.status("Uid")).startsWith("77\t")));
    all.put(
        "Volumes",
        always(
            "\"Volumes\":{\"/v\":{}}",
            seen -> assertThat(seen.mount("/v").path("source").asString()).contains("volumes")));
    all.put(
        "WorkingDir",
        always(
            "\"WorkingDir\":\"/w\"",
            seen -> assertThat(seen.config().at("/process/cwd").asString()).isEqualTo("/w")));
    return all;
  }

  private static final String LABEL = "%7B%22label%22:%5B%22l=m%22%5D%7D";

  /** With what is refused, the beginning of what is said. */
  private static final Map<String, String[]> REFUSED =
      Map.ofEntries(
          refused("Cgroup", "\"c\"", "invalid option: Cgroup"),
          refused("CpuCount", "1", "invalid option: CpuCount"),
          refused("CpuPercent", "1", "invalid option: CpuPercent"),
          refused("IOMaximumBandwidth", "1", "invalid option: IOMaximumBandwidth"),
          refused("IOMaximumIOps", "1", "invalid option: IOMaximumIOps"),
          refused("Isolation", "\"hyperv\"", "invalid isolation (hyperv)"),
          refused("KernelMemory", "67108864", "invalid option: KernelMemory"),
          refused("KernelMemoryTCP", "67108864", "invalid option: KernelMemoryTCP"),
          refused("StorageOpt", "{\"size\":\"1G\"}", "--storage-opt is supported only"),
          refused(
              "DeviceRequests",
              "[{\"Driver\":\"nvidia\",\"Count\":1}]",
              "could not select device driver \"nvidia\""));

  /** What only some kernels can: the runtime asks this one, and its answer is the client's. */
  private static final Map<String, String> UP_TO_THE_KERNEL =
      Map.of(
          "CpuRealtimePeriod", "1000000",
          "CpuRealtimeRuntime", "950000",
          "BlkioWeightDevice", "[{\"Path\":\"/dev/loop0\",\"Weight\":300}]");

  private static Map.Entry<String, String[]> refused(String field, String json, String message) {
    return Map.entry(field, new String[] {json, message});
  }

  private static boolean capability(Seen seen, int number) {
    return (Long.parseUnsignedLong(seen.status("CapEff"), 16) & (1L << number)) != 0;
  }

  private static int port(Seen seen) {
    return seen.inspect().at("/NetworkSettings/Ports/80~1tcp/0/HostPort").asInt(0);
  }

  private static String own(String kind) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
  }

  private static String namespaceOf(String name, String kind) throws IOException {
    String pid =
        docker.call("GET", "/containers/" + name + "/json").json().at("/State/Pid").asString();
    return Files.readSymbolicLink(Path.of("/proc", pid, "ns", kind)).toString();
  }

  /** Follows the log until it has said something. */
  private static void awaitLog(String what) throws IOException {
    try (var session =
        docker
            .engine()
            .containers()
            .find(docker.call("GET", "/containers/tried/json").json().path("Id").asString())
            .orElseThrow()
            .exec(
                new dev.mokha.engine.containers.Container.ExecSpec(
                    List.of("true"), List.of(), "", "", false, false, false))) {
      session.stdout().readAllBytes(); // the container had its time to begin
    }
    long limit = System.nanoTime() + 10_000_000_000L;
    String said = "";
    while (!said.contains(what) && System.nanoTime() < limit) {
      said = docker.call("GET", "/containers/tried/logs?stdout=1").text();
    }
    assertThat(said).contains(what);
  }

  @Test
  void eachFieldOfTheApiIsInOneOfTheTables() {
    Set<String> known = new TreeSet<>(hostConfig().keySet());
    known.addAll(REFUSED.keySet());
    known.addAll(UP_TO_THE_KERNEL.keySet());
    known.addAll(config().keySet());
    known.addAll(NOT_OF_A_CONTAINER.keySet());
    Set<String> all = new TreeSet<>(HOST_CONFIG);
    all.addAll(CONFIG);
    assertThat(known).isEqualTo(all);
  }

  @TestFactory
  List<DynamicTest> isObeyed() {
    Map<String, Obeyed> all = hostConfig();
    all.putAll(config());
    List<DynamicTest> tests = new ArrayList<>();
    all.forEach(
        (field, obeyed) ->
            tests.add(
                DynamicTest.dynamicTest(
                    field,
                    () -> {
                      try {
                        Answer made = run("tried", obeyed.fields());
                        String warnings = made.json().path("Warnings").toString();
                        if (!obeyed.sign().isEmpty() && warnings.contains("kernel does not")) {
                          assertThat(warnings).contains(obeyed.sign(), "iscarded");
                        } else {
                          assertThat(warnings).isIn("[]", "null");
                          obeyed.check().of(see());
                        }
                      } finally {
                        remove();
                      }
                    })));
    return tests;
  }

  @TestFactory
  Stream<DynamicTest> isRefused() {
    return REFUSED.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      String json = "\"" + entry.getKey() + "\":" + entry.getValue()[0];
                      Answer answer = create("tried", host(json));
                      assertThat(answer.status()).isGreaterThanOrEqualTo(400);
                      assertThat(answer.message()).startsWith(entry.getValue()[1]);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> isTheKernelsToGrant() {
    return UP_TO_THE_KERNEL.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      try {
                        Answer made =
                            create("tried", host("\"" + entry.getKey() + "\":" + entry.getValue()));
                        String said = made.json().path("Warnings").toString();
                        if (said.contains("iscarded")) {
                          return;
                        }
                        Answer started = docker.call("POST", "/containers/tried/start");
                        if (started.status() != 204) {
                          assertThat(started.message()).containsAnyOf("rt_", "weight");
                          return;
                        }
                        JsonNode limits = see().config().at("/linux/resources");
                        switch (entry.getKey()) {
                          case "CpuRealtimePeriod" ->
                              assertThat(limits.at("/cpu/realtimePeriod").asInt())
                                  .isEqualTo(1000000);
                          case "CpuRealtimeRuntime" ->
                              assertThat(limits.at("/cpu/realtimeRuntime").asInt())
                                  .isEqualTo(950000);
                          default ->
                              assertThat(limits.at("/blockIO/weightDevice/0/weight").asInt())
                                  .isEqualTo(300);
                        }
                      } finally {
                        remove();
                      }
                    }));
  }

  @Test
  void anUpdateSaysWhatItCanNotChange() throws IOException {
    run("tried", host("\"Memory\":67108864"));
    Answer answer =
        docker.call(
            "POST",
            "/v1.50/containers/tried/update",
            "{\"CpuShares\":300,\"Binds\":[\"/etc:/x\"],\"Ulimits\":[{\"Name\":\"core\"}],"
                + "\"Devices\":[]}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("Warnings").toString())
        .contains("Binds can't be changed by an update", "Ulimits can't be changed by an update")
        .doesNotContain("Devices");
    JsonNode host = see().inspect().path("HostConfig");
    assertThat(host.path("CpuShares").asInt()).isEqualTo(300);
    assertThat(host.path("Binds").isNull()).isTrue();
    assertThat(host.path("Ulimits")).isEmpty();
  }

  @Test
  void anEndpointGetsAllItAsksFor() throws IOException {
    String settings =
        "{\"Aliases\":[\"other-name\"],\"GwPriority\":5,\"MacAddress\":\"02:00:00:00:00:42\","
            + "\"IPAMConfig\":{\"LinkLocalIPs\":[\"169.254.34.68\"]},"
            + "\"DriverOpts\":{\"com.docker.network.endpoint.ifname\":\"lan\","
            + "\"com.docker.network.endpoint.sysctls\":\"net.ipv4.conf.IFNAME.log_martians=1,"
            + "net.ipv4.conf.IFNAME.forwarding=0\"}}";
    run("tried", "");
    Answer joined =
        docker.call(
            "POST",
            "/networks/fields/connect",
            "{\"Container\":\"tried\",\"EndpointConfig\":" + settings + "}");
    assertThat(joined.status()).as(joined.text()).isEqualTo(200);
    assertEndpoint();
    docker.call("POST", "/containers/tried/restart?t=0"); // and again from the record
    assertEndpoint();
    Answer bad =
        docker.call(
            "POST",
            "/networks/fields/connect",
            "{\"Container\":\"donor\",\"EndpointConfig\":{\"DriverOpts\":"
                + "{\"com.docker.network.endpoint.sysctls\":\"net.ipv4.conf.eth0.x=1\"}}}");
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.message())
        .isEqualTo(
            "invalid config for network fields: invalid endpoint settings:\n"
                + "unrecognised network interface sysctl 'net.ipv4.conf.eth0.x=1'; represent"
                + " 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or"
                + " 'mpls'");
  }

  private static void assertEndpoint() throws IOException {
    Seen seen = see();
    String dev = Files.readString(Path.of("/proc", seen.pid(), "net/dev"));
    assertThat(dev).contains("lan:");
    assertThat(Files.readString(Path.of("/proc", seen.pid(), "net/fib_trie")))
        .contains("169.254.34.68");
    Answer asked =
        docker.call("GET", "/containers/tried/json").status() == 200
            ? docker.call(
                "POST",
                "/containers/tried/exec",
                "{\"Cmd\":[\"cat\",\"/proc/sys/net/ipv4/conf/lan/log_martians\"],"
                    + "\"AttachStdout\":true,\"Tty\":true}")
            : null;
    Answer said =
        docker.call("POST", "/exec/" + asked.json().path("Id").asString() + "/start", "{}");
    assertThat(said.text()).contains("1");
    JsonNode endpoint = seen.inspect().at("/NetworkSettings/Networks/fields");
    assertThat(endpoint.path("MacAddress").asString()).isEqualTo("02:00:00:00:00:42");
    assertThat(endpoint.path("GwPriority").asInt()).isEqualTo(5);
    assertThat(endpoint.at("/IPAMConfig/LinkLocalIPs/0").asString()).isEqualTo("169.254.34.68");
  }
}
