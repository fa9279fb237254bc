package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.bench.Processes.Group;
import dev.mokha.bench.Processes.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
  @TempDir private Path proc;
  private Processes processes;

  @BeforeEach
  void twoProcesses() throws IOException {
    process(10, "a (b) c", 150, 50, 4096, 1024);
    process(11, "conmon", 1, 2, 2048, 512);
    process(12, "conmon", 0, 0, 2048, 256);
    Files.createDirectory(proc.resolve("sys"));
    processes = new Processes(proc);
  }

  private void process(int pid, String name, int user, int system, int rss, int pss)
      throws IOException {
    Path dir = Files.createDirectory(proc.resolve(Integer.toString(pid)));
    Files.writeString(dir.resolve("comm"), name + "\n");
    Files.writeString(
        dir.resolve("stat"),
        "%d (%s) S 1 1 1 0 -1 4194560 100 0 0 0 %d %d 7 8 20 0 1 0 99 1000 10\n"
            .formatted(pid, name, user, system));
    Files.writeString(
        dir.resolve("smaps_rollup"),
        """
        00400000-7ffd00000000 ---p 00000000 00:00 0    [rollup]
        Rss:                %d kB
        Pss:                %d kB
        Pss_Dirty:             5 kB
        """
            .formatted(rss, pss));
  }

  @Test
  void addsUpTimeAndMemory() {
    assertThat(processes.use(List.of(10L))).isEqualTo(new Use(2000, 4096, 1024));
    assertThat(processes.use(List.of(10L, 11L))).isEqualTo(new Use(2030, 6144, 1536));
    assertThat(processes.use(List.of())).isEqualTo(new Use(0, 0, 0));
    assertThat(processes.cpuMillis(List.of(11L))).isEqualTo(30);
  }

  @Test
  void findsProcessesByName() {
    assertThat(processes.named("conmon")).isEqualTo(new Group(2, 768));
    assertThat(processes.named("a (b) c")).isEqualTo(new Group(1, 1024));
    assertThat(processes.named("nothing")).isEqualTo(new Group(0, 0));
  }

  @Test
  void saysWhichProcessCantBeLookedAt() {
    assertThatThrownBy(() -> processes.use(List.of(99L)))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("process 99 can't be looked at");
  }
}
