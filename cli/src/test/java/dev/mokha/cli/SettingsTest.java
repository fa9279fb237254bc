package dev.mokha.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir private Path dir;

  @Test
  void anImagePolicyIsChangedAlone(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory)
      throws Exception {
    Instance instance = Instance.of(directory.resolve("data"));
    java.nio.file.Files.createDirectories(instance.dataDir());
    Settings.DEFAULT.withImagePolicy("/etc/policy").write(instance);
    Settings read = Settings.read(instance).orElseThrow();
    assertThat(read.imagePolicy()).isEqualTo("/etc/policy");
    assertThat(read.withImagePolicy("")).isEqualTo(Settings.DEFAULT);
    java.nio.file.Path file = directory.resolve("policy");
    java.nio.file.Files.writeString(file, "allow docker.io/*");
    assertThat(UpCommand.checkedImagePolicy(file)).isEqualTo(file.toString());
    assertThat(UpCommand.checkedImagePolicy(java.nio.file.Path.of(""))).isEmpty();
    java.nio.file.Files.writeString(file, "everything");
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> UpCommand.checkedImagePolicy(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("line 1");
  }

  @Test
  void areReadAsTheyWereWritten() {
    Instance instance = new Instance("test", dir, dir.resolve("run"));
    Settings settings =
        new Settings(
            3,
            "0.0.0.0:7443",
            "10.142.0.0/16",
            "10.143.0.0/16",
            "10.144.0.0/24",
            "example.test",
            "etcd://127.0.0.1:2379",
            "/etc/mokha/oidc.yaml",
            Map.of("docker.io", List.of("mirror:5000")),
            "/etc/policy.yaml",
            "/var/log/audit.log",
            "5001",
            "/etc/mokha/registry.yaml",
            List.of("/var/run/docker.sock"),
            "/etc/mokha/image-policy",
            "private");
    settings.write(instance);
    assertThat(Settings.read(instance)).contains(settings);
    assertThat(settings.serverUrl()).isEqualTo("https://127.0.0.1:7443");
    assertThat(settings.nodeAddress(2).getHostAddress()).isEqualTo("10.144.0.2");
  }

  @Test
  void areAbsentBeforeTheFirstStartAndNamedWhenDamaged() throws Exception {
    Instance instance = new Instance("test", dir, dir.resolve("run"));
    assertThat(Settings.read(instance)).isEmpty();
    Files.writeString(instance.settingsFile(), "{");
    assertThatThrownBy(() -> Settings.read(instance))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(instance.settingsFile().toString());
  }

  @Test
  void eachNodeHasARangeOfPodsOfItsOwn() {
    assertThat(Addresses.podCidr("10.42.0.0/16", 0)).isEqualTo("10.42.0.0/24");
    assertThat(Addresses.podCidr("10.42.0.0/16", 2)).isEqualTo("10.42.2.0/24");
    assertThat(Addresses.nth("10.43.0.0/16", 10).getHostAddress()).isEqualTo("10.43.0.10");
    assertThatThrownBy(() -> Addresses.nth("nonsense", 1)).isInstanceOf(UserError.class);
  }

  @Test
  void instancesOfDifferentDirectoriesDifferInEverythingTheyOwn() {
    Instance usual = Instance.of(Instance.DEFAULT_DATA_DIR);
    Instance other = Instance.of(Path.of("/srv/mokha"));
    assertThat(usual.name()).isEqualTo("mokha");
    assertThat(other.name()).hasSizeLessThanOrEqualTo(8).isNotEqualTo(usual.name());
    assertThat(other.runDir()).isNotEqualTo(usual.runDir());
    assertThat(other.contextName()).isNotEqualTo(usual.contextName());
  }
}
