package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelFileTest {
  @Test
  void readsAWholeNumber() throws Exception {
    long most = Long.parseLong(KernelFile.read(Path.of("/proc/sys/kernel/pid_max")));
    assertThat(most).isGreaterThanOrEqualTo(301); // the kernel allows no less
  }
}
