package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs with exactly the files they are given. */
class SpawnTest {
  @TempDir Path directory;

  private String run(String script, List<Spawn.Given> files) throws Exception {
    Path out = directory.resolve("out");
    List<Spawn.Given> all = new java.util.ArrayList<>();
    all.add(new Spawn.Given(Path.of("/dev/null"), Spawn.READ));
    all.add(new Spawn.Given(out, Spawn.APPEND));
    all.add(new Spawn.Given(out, Spawn.APPEND));
    all.addAll(files);
    Spawn.reap(Spawn.start(List.of("/bin/sh", "-c", script), List.of("A=b"), directory, all));
    return Files.readString(out);
  }

  @Test
  void hasItsDirectoryEnvironmentAndFiles() throws Exception {
    Path input = Files.writeString(directory.resolve("in"), "given");
    assertThat(run("pwd; echo $A; cat <&3", List.of(new Spawn.Given(input, Spawn.READ))))
        .isEqualTo(directory.toRealPath() + "\nb\ngiven");
  }

  @Test
  void inheritsNothingElse() throws Exception {
    Path held = Files.createFile(directory.resolve("held"));
    try (var in = Files.newInputStream(held)) {
      assertThat(in).isNotNull();
      assertThat(run("readlink /proc/self/fd/*; true", List.of())).doesNotContain("held");
    }
    // glibc has the child ignore two signals of its own, 32 and 33.
    assertThat(run("grep -E 'SigBlk|SigIgn' /proc/self/status", List.of()))
        .contains("SigBlk:\t0000000000000000")
        .containsPattern("SigIgn:\t0000000[01][08]0000000");
  }

  @Test
  void saysWhatCanNotBeRun() {
    assertThatThrownBy(() -> Spawn.start(List.of("/no/such"), List.of(), directory, List.of()))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("/no/such");
  }
}
