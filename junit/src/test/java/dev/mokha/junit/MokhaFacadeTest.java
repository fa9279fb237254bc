package dev.mokha.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ListOptions;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The ways to a server, and what it is told at its start. */
@MokhaTest(controllers = false, scheduler = false)
class MokhaFacadeTest {
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");

  @Test
  void theKubeconfigIsGoodForAnyClient(Mokha mokha, @TempDir Path directory) {
    Path file = directory.resolve("kubeconfig");
    mokha.writeKubeconfig(file);
    try (HttpsApiClient client = new HttpsApiClient(Kubeconfig.read(file, ""), "test")) {
      assertThat(client.get(NAMESPACES, "", "default", "").name()).isEqualTo("default");
    }
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(mokha.kubeconfig()))
            .build()) {
      assertThat(client.namespaces().withName("default").get()).isNotNull();
    }
  }

  @Test
  void usersHaveTheRightsTheyWereGiven(Mokha mokha) {
    assertThatThrownBy(() -> mokha.as("jane").list(CONFIG_MAPS, "default", ListOptions.ALL))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("cannot list resource \"configmaps\"");
    assertThat(mokha.as("jane", "system:masters").list(CONFIG_MAPS, "default", ListOptions.ALL))
        .isNotNull();
  }

  @Test
  void namesOfNamespacesAreMadeFit(Mokha mokha) {
    assertThat(mokha.namespace("A Test_of.something")).matches("a-test-of-something-[0-9]+");
    assertThat(mokha.namespace("x".repeat(100))).hasSizeLessThanOrEqualTo(63);
    assertThat(mokha.namespace("--")).startsWith("test-");
  }

  @Test
  void whatIsNoManifestIsRefusedInWords(Mokha mokha) {
    assertThatThrownBy(() -> mokha.install("just text"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a manifest");
    assertThatThrownBy(() -> mokha.install("kind: Pod"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs apiVersion and kind");
    assertThatThrownBy(
            () -> mokha.install("{apiVersion: example.org/v9, kind: Thing, metadata: {name: a}}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("install its CustomResourceDefinition first");
    assertThatThrownBy(() -> mokha.install("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Mokha.builder().nodes(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aDirectoryKeepsWhatWasStored(@TempDir Path directory) {
    String config;
    try (Mokha first = Mokha.builder().directory(directory).start()) {
      first.install("{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}");
      config = first.kubeconfig("jane", "system:masters");
    }
    try (Mokha again = Mokha.builder().directory(directory).start()) {
      assertThat(again.client().find(CONFIG_MAPS, "default", "kept")).isPresent();
      // The keys are the same too; just the port is another.
      String moved = config.replaceFirst("https://127.0.0.1:[0-9]+", again.url().toString());
      try (KubernetesClient jane =
          new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(moved)).build()) {
        assertThat(jane.configMaps().inNamespace("default").withName("kept").get()).isNotNull();
      }
    }
  }
}
