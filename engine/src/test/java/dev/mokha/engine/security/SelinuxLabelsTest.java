package dev.mokha.engine.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels as a host with SELinux would give them; that the kernel takes them is not seen here. */
class SelinuxLabelsTest {
  @Test
  void theDefaultAppArmorProfileProtectsTheKernelsFiles() {
    assertThat(AppArmor.profile("x"))
        .contains("profile x flags=(attach_disconnected,mediate_deleted) {")
        .contains("deny @{PROC}/sysrq-trigger rwklx,")
        .contains("deny mount,")
        .contains("signal (send,receive) peer=x,")
        .doesNotContain("%");
  }

  private static SelinuxLabels labels() {
    return new SelinuxLabels(
        "system_u:system_r:container_t:s0", "system_u:object_r:container_file_t:s0", new Random(1));
  }

  @Test
  void theHostsPolicySaysTheTypes(@TempDir Path root) throws Exception {
    assertThat(SelinuxLabels.of(root, new Random(1))).isEmpty();
    Files.createDirectories(root.resolve("sys/fs/selinux"));
    Files.writeString(root.resolve("sys/fs/selinux/enforce"), "1");
    assertThat(SelinuxLabels.of(root, new Random(1))).isEmpty();
    Path contexts = root.resolve("etc/selinux/mls/contexts");
    Files.createDirectories(contexts);
    Files.writeString(root.resolve("etc/selinux/config"), "SELINUX=enforcing\nSELINUXTYPE=mls\n");
    Files.writeString(
        contexts.resolve("lxc_contexts"),
        "process = \"a_u:a_r:a_t:s0\"\nfile = \"b_u:b_r:b_t:s0\"\n");
    SelinuxLabels.Labels labels =
        SelinuxLabels.of(root, new Random(1)).orElseThrow().of(List.of(), level -> false);
    assertThat(labels.process()).matches("a_u:a_r:a_t:s0:c\\d+,c\\d+");
    assertThat(labels.mount()).matches("b_u:b_r:b_t:s0:c\\d+,c\\d+");
  }

  @Test
  void everyContainerHasCategoriesOfItsOwn() {
    SelinuxLabels labels = labels();
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      SelinuxLabels.Labels of = labels.of(List.of(), taken::contains);
      String level = SelinuxLabels.level(of.process());
      assertThat(level).isEqualTo(SelinuxLabels.level(of.mount()));
      assertThat(taken.add(level)).as(level).isTrue();
    }
  }

  @Test
  void optionsReplaceParts() {
    assertThat(
            labels()
                .of(
                    List.of("user:u", "role:r", "type:spc_t", "level:s0:c1,c2", "filetype:my_t"),
                    level -> true))
        .isEqualTo(
            new SelinuxLabels.Labels("u:r:spc_t:s0:c1,c2", "system_u:object_r:my_t:s0:c1,c2"));
    assertThat(labels().of(List.of("disable"), level -> false))
        .isEqualTo(SelinuxLabels.Labels.NONE);
    assertThatThrownBy(() -> labels().of(List.of("colour:red"), level -> false))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("bad label option \"colour:red\"");
    assertThat(SelinuxLabels.shared("u:r:t:s0:c1,c2")).isEqualTo("u:r:t:s0");
    assertThatThrownBy(() -> SelinuxLabels.relabel(Path.of("/usr/"), "u:r:t:s0"))
        .hasMessageContaining("not allowed");
  }

  @Test
  void specificationsGetThem() {
    Labelling host = new Labelling(Optional.of(labels()));
    ContainerSpec docker = ContainerSpec.builder().owner("docker").build();
    ContainerSpec labelled = host.label(docker, Set.of());
    assertThat(labelled.security().selinuxLabel()).contains(":container_t:");
    assertThat(labelled.security().selinuxMountLabel()).contains(":container_file_t:");
    assertThat(host.label(labelled, Set.of())).isEqualTo(labelled);
    ContainerSpec pod = ContainerSpec.builder().owner("pod/1").build();
    assertThat(host.label(pod, Set.of())).isEqualTo(pod);
    ContainerSpec asked =
        docker.toBuilder()
            .security(
                new Security(
                    false,
                    List.of(),
                    List.of(),
                    false,
                    false,
                    "default",
                    null,
                    null,
                    "",
                    SelinuxLabels.OPTIONS + "type:spc_t"))
            .build();
    assertThat(host.label(asked, Set.of()).security().selinuxLabel()).contains(":spc_t:");
    assertThat(new Labelling(Optional.empty()).label(asked, Set.of()).security().selinuxLabel())
        .isEmpty();
  }
}
