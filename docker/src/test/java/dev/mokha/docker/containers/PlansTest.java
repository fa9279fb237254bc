package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.HealthCheck;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Restart;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** What becomes of a HostConfig's fields, and what is said of those that make no sense. */
final class PlansTest {
  private static ObjectNode json(String text) {
    return (ObjectNode) Json.MAPPER.readTree(text);
  }

  private static ObjectNode host(String text) {
    return HostDefaults.fill(json(text), true);
  }

  private static MountPlan mounts(String host) {
    return MountPlan.of(
        json("{}"),
        host(host),
        name -> {
          throw DockerException.notFound("No such container: " + name);
        });
  }

  private static void refuses(String host, String message) {
    assertThatThrownBy(
            () -> {
              ObjectNode filled = host(host);
              NetworkPlan.check(json("{\"Hostname\":\"h\"}"), filled);
              ResourcePlan.of(filled, new ArrayList<>());
              ResourcePlan.rlimits(filled);
              SupervisionPlan.restart(filled);
              SecurityPlan.of(filled);
              SecurityPlan.capabilities(filled, "CapAdd");
              SecurityPlan.deviceRules(filled);
              PortPlan.check(json("{}"), filled);
              mounts(host);
            })
        .isInstanceOf(DockerException.class)
        .hasMessageContaining(message);
  }

  @Test
  void bindsAreHostPathsOrVolumes() {
    MountPlan plan = mounts("{\"Binds\":[\"/tmp:/a/b:ro,rslave\",\"data:/a:nocopy\"]}");
    assertThat(plan.mounts()).extracting(MountPoint::destination).containsExactly("/a", "/a/b");
    assertThat(plan.mounts().get(0).type()).isEqualTo("volume");
    assertThat(plan.mounts().get(0).copy()).isFalse();
    assertThat(plan.mounts().get(1).writable()).isFalse();
    assertThat(plan.mounts().get(1).propagation()).isEqualTo("rslave");
    assertThat(plan.volumes()).extracting(volume -> volume.name()).containsExactly("data");
  }

  @Test
  void mountsThatMakeNoSenseAreRefused() {
    refuses("{\"Binds\":[\"/a\"]}", "invalid volume specification: '/a'");
    refuses("{\"Binds\":[\"/a:b\"]}", "invalid mount path: 'b' mount path must be absolute");
    refuses("{\"Binds\":[\"/a:/b:wat\"]}", "invalid mode: wat");
    refuses("{\"Binds\":[\"/a:/\"]}", "destination can't be '/'");
    refuses("{\"Binds\":[\"a1:/b\",\"/tmp:/b/\"]}", "Duplicate mount point: /b");
    refuses(
        "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/no/such\",\"Target\":\"/x\"}]}",
        "invalid mount config for type \"bind\": bind source path does not exist: /no/such");
    refuses(
        "{\"Mounts\":[{\"Type\":\"wat\",\"Target\":\"/x\"}]}",
        "invalid mount config for type \"wat\": mount type unknown");
    refuses("{\"VolumesFrom\":[\"gone\"]}", "No such container: gone");
  }

  @Test
  void limitsFollowDockerdsRules() {
    Resources limits =
        ResourcePlan.of(host("{\"NanoCpus\":500000000,\"Memory\":67108864}"), new ArrayList<>());
    assertThat(limits.cpuQuotaMicros()).isEqualTo(50_000);
    assertThat(limits.cpuPeriodMicros()).isEqualTo(100_000);
    assertThat(limits.memorySwapBytes()).isEqualTo(2 * 67_108_864L);
    refuses("{\"Memory\":1000}", "Minimum memory limit allowed is 6MB");
    refuses("{\"MemorySwap\":100000000}", "You should always set the Memory limit");
    refuses("{\"NanoCpus\":1,\"CpuPeriod\":1000}", "Conflicting options");
    refuses("{\"CpusetCpus\":\"4711\"}", "Requested CPUs are not available - requested 4711");
    refuses("{\"OomScoreAdj\":5000}", "range for oom score adj is [-1000, 1000]");
    refuses(
        "{\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":2,\"Hard\":1}]}", "ulimit soft limit must be");
  }

  @Test
  void whatCanNotBeHadIsRefused() {
    refuses("{\"StorageOpt\":{\"size\":\"1g\"}}", "--storage-opt is supported only for");
    refuses("{\"CpuCount\":2}", "a setting of Windows containers");
    refuses("{\"SecurityOpt\":[\"wat\"]}", "invalid --security-opt 1: \"wat\"");
    refuses("{\"SecurityOpt\":[\"a=b\"]}", "invalid --security-opt 2: \"a=b\"");
    refuses("{\"CapAdd\":[\"FLY\"]}", "unknown capability: \"FLY\"");
    refuses("{\"DeviceCgroupRules\":[\"x\"]}", "invalid device cgroup rule format: 'x'");
    refuses("{\"RestartPolicy\":{\"Name\":\"often\"}}", "unknown policy 'often'");
    refuses(
        "{\"AutoRemove\":true,\"RestartPolicy\":{\"Name\":\"always\"}}",
        "can't create 'AutoRemove' container with restart policy");
    refuses(
        "{\"NetworkMode\":\"container:x\"}", "conflicting options: hostname and the network mode");
  }

  @Test
  void portsWithoutAnAddressAreOnLoopback() {
    ObjectNode host =
        host(
            "{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080-8090\"},"
                + "{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"81\"}]},\"PublishAllPorts\":true}");
    ObjectNode config = json("{\"ExposedPorts\":{\"53/udp\":{},\"80/tcp\":{}}}");
    assertThat(PortPlan.requests(config, host, false))
        .containsExactly(
            new PortRequest("127.0.0.1", 8080, 8090, 80, "tcp"),
            new PortRequest("0.0.0.0", 81, 81, 80, "tcp"),
            new PortRequest("127.0.0.1", 0, 0, 53, "udp"));
    assertThat(PortPlan.requests(config, host, true).get(0).hostAddress()).isEmpty();
    refuses("{\"PortBindings\":{\"80/wat\":[{}]}}", "invalid port specification: \"80/wat\"");
  }

  @Test
  void healthIsCheckedAsTheConfigSays() {
    HealthCheck check =
        SupervisionPlan.health(
            json(
                "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"test -f /x\"],"
                    + "\"Interval\":1000000000}}"));
    assertThat(check.command()).containsExactly("/bin/sh", "-c", "test -f /x");
    assertThat(check.interval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(check.timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(check.retries()).isEqualTo(3);
    assertThat(SupervisionPlan.health(json("{\"Healthcheck\":{\"Test\":[\"NONE\"]}}"))).isNull();
    assertThat(
            SupervisionPlan.restart(
                host("{\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}}")))
        .isEqualTo(new Restart(Restart.Policy.ON_FAILURE, 3));
  }

  @Test
  void psIsReadByItsColumns() {
    String output = "UID PID CMD\nroot 1 init\nroot 42 sh -c 'a  b'\nroot - thread\nroot 43 x\n";
    ObjectNode table = ProcessTable.parse(output, List.of(42L));
    assertThat(table.get("Titles").toString()).isEqualTo("[\"UID\",\"PID\",\"CMD\"]");
    assertThat(table.get("Processes").toString())
        .isEqualTo("[[\"root\",\"42\",\"sh -c 'a  b'\"],[\"root\",\"-\",\"thread\"]]");
  }

  @Test
  void timesAreToldAsDockerTellsThem() {
    Instant now = Instant.parse("2026-11-22T20:00:00Z");
    assertThat(ContainerState.ago(now.minusMillis(300), now)).isEqualTo("Less than a second");
    assertThat(ContainerState.ago(now.minusSeconds(1), now)).isEqualTo("1 second");
    assertThat(ContainerState.ago(now.minusSeconds(75), now)).isEqualTo("About a minute");
    assertThat(ContainerState.ago(now.minusSeconds(3600), now)).isEqualTo("About an hour");
    assertThat(ContainerState.ago(now.minusSeconds(86_400 * 3), now)).isEqualTo("3 days");
    assertThat(ContainerState.time(Instant.parse("2026-11-22T20:00:00.120Z")))
        .isEqualTo("2026-11-22T20:00:00.12Z");
    assertThat(ContainerState.time(null)).isEqualTo("0001-01-01T00:00:00Z");
  }
}
