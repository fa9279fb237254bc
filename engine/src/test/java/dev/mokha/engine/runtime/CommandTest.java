package dev.mokha.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CommandTest {
  @Test
  void endsProgramWhoseChildKeepsItsOutput() {
    assertThatThrownBy(
            () ->
                Command.run(
                    Duration.ofMillis(300),
                    List.of("/bin/sh", "-c", "echo why; sleep 1000 & wait")))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("did not end within")
        .hasMessageEndingWith("it said: why");
  }

  @Test
  void givesOutputOfBothStreamsAndExitCode() {
    Command.Result result =
        Command.run(Duration.ofSeconds(20), List.of("/bin/sh", "-c", "echo a; echo b >&2; exit 3"));
    assertThat(result).isEqualTo(new Command.Result(3, "a\nb"));
  }
}
