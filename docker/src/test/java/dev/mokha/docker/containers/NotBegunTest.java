package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NotBegunTest {
  @Test
  void tellsTheReasonAsOutputAndEndsAsAShellWould() throws Exception {
    try (NotBegun exec = new NotBegun("OCI runtime exec failed: no runc")) {
      assertThat(exec.stdout()).hasContent("OCI runtime exec failed: no runc");
      assertThat(exec.stderr()).isEmpty();
      assertThat(exec.awaitExit()).isEqualTo(126);
      assertThat(exec.pid()).isZero();
    }
  }
}
