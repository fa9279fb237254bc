package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ProcessesTest {
  @Test
  void holdsAndEndsAProcess() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try (Pidfd process = Pidfd.open(sleep.pid()).orElseThrow()) {
      assertThat(process.hasExited()).isFalse();
      assertThat(process.awaitExit(Duration.ofMillis(5))).isFalse();
      assertThat(process.send(Signals.TERM)).isTrue();
      assertThat(process.awaitExit(Duration.ofSeconds(10))).isTrue();
      sleep.waitFor();
      assertThat(process.send(Signals.KILL)).isFalse();
    }
  }

  @Test
  void tellsOfEachEndOnce() throws Exception {
    try (ProcessExits exits = new ProcessExits()) {
      Process first = new ProcessBuilder("sleep", "60").start();
      Process second = new ProcessBuilder("sleep", "60").start();
      CompletableFuture<Void> firstExit = exits.onExit(first.pid());
      CompletableFuture<Void> secondExit = exits.onExit(second.pid());
      assertThat(firstExit).isNotDone();
      assertThat(Signals.send(second.pid(), Signals.KILL)).isTrue();
      secondExit.get(10, TimeUnit.SECONDS);
      assertThat(firstExit).isNotDone();
      first.destroyForcibly();
      firstExit.get(10, TimeUnit.SECONDS);
      first.waitFor();
      assertThat(exits.onExit(first.pid())).isDone();
    }
  }

  @Test
  void readsSignalNames() {
    assertThat(Signals.number("SIGTERM")).isEqualTo(15);
    assertThat(Signals.number("quit")).isEqualTo(3);
    assertThat(Signals.number("SIGRTMIN+3")).isEqualTo(37);
    assertThat(Signals.number("9")).isEqualTo(9);
    assertThatThrownBy(() -> Signals.number("SIGNONE")).hasMessageContaining("SIGNONE");
    assertThatThrownBy(() -> Signals.number("65")).hasMessageContaining("65");
  }

  @Test
  void lowersALimit() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      Rlimits.Limit old = Rlimits.get(sleep.pid(), Rlimits.Resource.NOFILE);
      Rlimits.set(sleep.pid(), Rlimits.Resource.NOFILE, new Rlimits.Limit(17, old.hard()));
      assertThat(Rlimits.get(sleep.pid(), Rlimits.Resource.NOFILE).soft()).isEqualTo(17);
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void knowsCapabilitiesByBit() {
    assertThat(Capability.ofBits(1L << 21 | 1))
        .containsExactly(Capability.CHOWN, Capability.SYS_ADMIN);
    assertThat(Capability.values()).hasSize(41);
    assertThat(Capability.bounding()).containsAll(Capability.effective());
  }
}
