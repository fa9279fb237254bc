package dev.mokha.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PullCredentialsTest {
  @Test
  void matchesRegistriesAndPaths() {
    assertThat(PullCredentials.matches("https://index.docker.io/v1/", "docker.io/redis")).isTrue();
    assertThat(PullCredentials.matches("registry:5000", "registry:5000/team/app:1")).isTrue();
    assertThat(PullCredentials.matches("registry:5000/team", "registry:5000/team/app:1")).isTrue();
    assertThat(PullCredentials.matches("registry:5000/other", "registry:5000/team/app")).isFalse();
    assertThat(PullCredentials.matches("*.example.com", "eu.example.com/app")).isTrue();
    assertThat(PullCredentials.matches("*.example.com", "example.com/app")).isFalse();
  }

  @Test
  void readsADockerConfig() {
    String auth = Base64.getEncoder().encodeToString("me:se:cret".getBytes(StandardCharsets.UTF_8));
    String json = "{\"auths\":{\"registry:5000\":{\"auth\":\"" + auth + "\"}}}";
    Secret secret =
        new SecretBuilder()
            .withData(
                Map.of(
                    ".dockerconfigjson",
                    Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8))))
            .build();
    assertThat(PullCredentials.of(List.of(secret), "registry:5000/app:1"))
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.username()).isEqualTo("me");
              assertThat(c.password()).isEqualTo("se:cret");
            });
    assertThat(PullCredentials.of(List.of(secret), "redis")).isEmpty();
  }
}
