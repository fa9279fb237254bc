package dev.mokha.docker.buildkit.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.containers.ContainerSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrontendAttributesTest {
  private static BuildRequest request(Map<String, String> attributes) {
    BuildRequest.Builder request = BuildRequest.of(new BuildContext.DockerfileOnly(new byte[0]));
    new FrontendAttributes(attributes).into(request);
    return request.build();
  }

  @Test
  void attributesAreTheRequests() {
    BuildRequest request =
        request(
            Map.ofEntries(
                Map.entry("filename", "ci/Dockerfile"),
                Map.entry("target", "tests"),
                Map.entry("build-arg:V", "1"),
                Map.entry("label:a", "b"),
                Map.entry("no-cache", ""),
                Map.entry("image-resolve-mode", "pull"),
                Map.entry("add-hosts", "a=1.2.3.4,b=::1"),
                Map.entry("ulimit", "nofile=10:20,core=5"),
                Map.entry("shm-size", "1024"),
                Map.entry("force-network-mode", "sandbox"),
                Map.entry(
                    "cache-imports",
                    "[{\"Type\":\"registry\",\"Attrs\":{\"ref\":\"app:1\"}},{\"Type\":\"gha\"}]")));
    assertThat(request.dockerfile()).isEqualTo("ci/Dockerfile");
    assertThat(request.target()).isEqualTo("tests");
    assertThat(request.buildArgs()).isEqualTo(Map.of("V", "1"));
    assertThat(request.labels()).isEqualTo(Map.of("a", "b"));
    assertThat(request.noCache()).isTrue();
    assertThat(request.pull()).isTrue();
    assertThat(request.extraHosts()).containsExactly("a:1.2.3.4", "b:::1");
    assertThat(request.rlimits())
        .containsEntry("RLIMIT_NOFILE", new ContainerSpec.Rlimit(10, 20))
        .containsEntry("RLIMIT_CORE", new ContainerSpec.Rlimit(5, 5));
    assertThat(request.shmBytes()).isEqualTo(1024);
    assertThat(request.network()).isEmpty();
    assertThat(request.cacheFrom()).containsExactly("app:1");
  }

  @Test
  void nonsenseIsRefusedWithASentence() {
    assertThatThrownBy(() -> request(Map.of("shm-size", "big"))).hasMessageContaining("shm-size");
    assertThatThrownBy(() -> request(Map.of("ulimit", "nofile"))).hasMessageContaining("ulimit");
    assertThatThrownBy(() -> request(Map.of("add-hosts", "x"))).hasMessageContaining("host");
    assertThatThrownBy(() -> request(Map.of("cache-imports", "{")))
        .hasMessageContaining("cache-imports");
    assertThatThrownBy(() -> request(Map.of("platform", "a/b,c/d")))
        .hasMessageContaining("platforms");
  }
}
