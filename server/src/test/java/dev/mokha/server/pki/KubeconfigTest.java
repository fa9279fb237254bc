package dev.mokha.server.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

final class KubeconfigTest {
  private static final String OTHER =
      """
      apiVersion: v1
      kind: Config
      clusters:
      - name: prod
        cluster: {server: "https://prod:6443", tls-server-name: "007"}
      contexts:
      - {name: prod, context: {cluster: prod, user: me, namespace: web}}
      current-context: prod
      preferences: {colors: true}
      users:
      - name: me
        user: {exec: {command: login, args: ["yes", "1e3"], apiVersion: v1}}
      """;

  @TempDir private Path directory;
  private ClusterPki pki;
  private Path file;

  @BeforeEach
  void start() {
    pki = ClusterPki.open(directory.resolve("pki"), Clock.systemUTC());
    file = directory.resolve("home/.kube/config");
  }

  private Kubeconfig config(String server) {
    return new Kubeconfig("mokha", server, pki.authorityPem(), pki.admin());
  }

  private JsonNode read() throws Exception {
    return new YAMLMapper().readTree(Files.readString(file));
  }

  @Test
  void makesTheFileWhenThereIsNone() throws Exception {
    assertThat(config("https://127.0.0.1:6443").mergeInto(file)).isTrue();
    assertThat(read().path("current-context").asString()).isEqualTo("mokha");
    assertThat(read().at("/clusters/0/cluster/server").asString())
        .isEqualTo("https://127.0.0.1:6443");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void leavesAllElseAsItWas() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, OTHER);
    JsonNode before = read();
    assertThat(config("https://one").mergeInto(file)).isTrue();
    JsonNode after = read();
    assertThat(after.path("current-context")).isEqualTo(before.path("current-context"));
    assertThat(after.path("preferences")).isEqualTo(before.path("preferences"));
    assertThat(after.at("/clusters/0")).isEqualTo(before.at("/clusters/0"));
    assertThat(after.at("/users/0")).isEqualTo(before.at("/users/0"));
    assertThat(after.at("/contexts/0")).isEqualTo(before.at("/contexts/0"));
    assertThat(after.at("/contexts/1/name").asString()).isEqualTo("mokha");
    assertThat(file.resolveSibling("config.before-mokha")).hasContent(OTHER.strip());
  }

  @Test
  void bringsItsOwnContextUpToDateOnce() throws Exception {
    config("https://one").mergeInto(file);
    assertThat(config("https://one").mergeInto(file)).isFalse();
    assertThat(config("https://two").mergeInto(file)).isTrue();
    assertThat(read().path("clusters")).hasSize(1);
    assertThat(read().at("/clusters/0/cluster/server").asString()).isEqualTo("https://two");
  }

  @Test
  void doesNotTouchWhatItDoesNotUnderstand() throws Exception {
    Files.createDirectories(file.getParent());
    for (String text :
        new String[] {"a: [", "- a\n- b\n", "kind: Secret\n", "a: &x {b: 1}\nc: *x\n"}) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> config("https://one").mergeInto(file))
          .isInstanceOf(PkiException.class)
          .hasMessageContaining("left as it is");
      assertThat(file).content().isEqualTo(text);
    }
  }
}
