package dev.mokha.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a container whose runtime does not do what a runtime does. */
@Timeout(60)
final class ConmonTest {
  private final String id = UUID.randomUUID().toString();

  @TempDir Path scratch;

  @BeforeEach
  void needsConmon() {
    assumeTrue(OciRuntime.onPath("conmon").isPresent(), "conmon is not installed");
  }

  @Test
  void killsRuntimeThatHangsAndAllItBegan() throws IOException {
    Path children = scratch.resolve("children");
    assertThatThrownBy(
            () ->
                create(
                    "sleep 1000 & echo $! >> %1$s; sleep 1000 & echo $! >> %1$s; wait"
                        .formatted(children),
                    Duration.ofSeconds(2)))
        .isInstanceOf(EngineException.class)
        .hasMessage("broken 1 did not create container " + id + " within 2 s, and was killed");
    List<String> pids = Files.readAllLines(children);
    assertThat(pids).hasSize(2);
    for (String pid : pids) {
      ProcessHandle.of(Long.parseLong(pid))
          .ifPresent(
              process -> assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(10)));
    }
  }

  @Test
  void killsRuntimeThatNobodyListensTo() {
    assertThatThrownBy(() -> create("yes >&2", Duration.ofSeconds(2)))
        .hasMessageContaining("within 2 s");
  }

  @Test
  void saysSoWhenRuntimeEndsInSilence() {
    for (String end : List.of("kill -9 $$", "exit 0")) {
      assertThatThrownBy(() -> create(end, Duration.ofSeconds(30)))
          .hasMessage(
              "conmon did not create container " + id + ": the OCI runtime ended and said nothing");
    }
  }

  @Test
  void showsNothingUnprintable() {
    assertThatThrownBy(
            () -> create("printf 'no \\033[2J\\001\\377 good' >&2; exit 1", Duration.ofSeconds(30)))
        .isInstanceOf(EngineException.class)
        .extracting(Throwable::getMessage)
        .satisfies(
            message ->
                assertThat(message.chars()).allMatch(c -> c >= ' ' && c != 0xFFFD || c == '\n'));
  }

  @Test
  void keepsLongMessagesShort() {
    assertThat(Conmon.tidy("x".repeat(100_000))).hasSizeLessThan(2_000);
  }

  private int create(String script, Duration patience) throws IOException {
    Path program = scratch.resolve("runtime");
    Files.write(program, ("#!/bin/sh\n" + script + "\n").getBytes(StandardCharsets.UTF_8));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Path bundle = Files.createDirectories(scratch.resolve("bundle"));
    Path exits = Files.createDirectories(scratch.resolve("exits"));
    OciRuntime runtime =
        new OciRuntime(
            program,
            "broken 1",
            scratch.resolve("state"),
            RuntimeView.plain(),
            new CompiledPolicies(false, scratch));
    return new Conmon(runtime, exits, List.of(), patience)
        .create(new Conmon.Request(id, bundle, null, false, false, false, "run"));
  }
}
