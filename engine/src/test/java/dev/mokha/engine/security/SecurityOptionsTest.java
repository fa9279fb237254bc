package dev.mokha.engine.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.containers.ContainerSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code docker run --security-opt}. */
class SecurityOptionsTest {
  private static ContainerSpec.Security of(String... options) {
    return SecurityOptions.parse(List.of(options)).apply(ContainerSpec.Security.DEFAULT);
  }

  @Test
  void eachIsRead() {
    assertThat(of().seccomp()).isEqualTo("default");
    assertThat(of("no-new-privileges").noNewPrivileges()).isTrue();
    assertThat(of("no-new-privileges:true").noNewPrivileges()).isTrue();
    assertThat(of("no-new-privileges=false").noNewPrivileges()).isFalse();
    assertThat(of("seccomp=unconfined").seccomp()).isEqualTo("unconfined");
    assertThat(of("seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}").seccomp()).startsWith("{");
    assertThat(of("apparmor=unconfined").apparmor()).isEqualTo("unconfined");
    assertThat(of("apparmor:mine").apparmor()).isEqualTo("mine");
    assertThat(of("systempaths=unconfined").maskedPaths()).isEmpty();
    assertThat(of().maskedPaths()).isNull();
  }

  @Test
  void nonsenseIsRefusedInDockersWords() {
    assertThatThrownBy(() -> of("nonsense")).hasMessage("invalid --security-opt 1: \"nonsense\"");
    assertThatThrownBy(() -> of("a=b")).hasMessage("invalid --security-opt 2: \"a=b\"");
    assertThatThrownBy(() -> of("no-new-privileges=maybe"))
        .hasMessageContaining("invalid --security-opt 2");
    assertThatThrownBy(() -> of("seccomp={")).hasMessageContaining("Decoding seccomp profile");
  }

  @Test
  void theDefaultAppArmorProfileProtectsTheKernelsFiles() {
    assertThat(AppArmor.profile("x"))
        .contains("profile x flags=(attach_disconnected,mediate_deleted) {")
        .contains("deny @{PROC}/sysrq-trigger rwklx,")
        .contains("deny mount,")
        .contains("signal (send,receive) peer=x,")
        .doesNotContain("%");
  }
}
