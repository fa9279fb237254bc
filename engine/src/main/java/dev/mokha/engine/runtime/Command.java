package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a short program to its end. */
public final class Command {
  private static final int MAX_OUTPUT = 1 << 20;

  /**
   * What came of it.
   *
   * @param exitCode its exit code
   * @param output what it wrote, to both streams
   */
  public record Result(int exitCode, String output) {
    /** Whether it exited with 0. */
    public boolean succeeded() {
      return exitCode == 0;
    }
  }

  private Command() {}

  /** Runs a program without input. */
  public static Result run(Duration atMost, List<String> words) {
    return run(atMost, words, new byte[0]);
  }

  /**
   * Runs a program.
   *
   * @throws EngineException when it can't be started, or takes too long; then it is killed
   */
  public static Result run(Duration atMost, List<String> words, byte[] input) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      AtomicBoolean late = new AtomicBoolean();
      Thread watchdog =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                        late.set(true);
                        ProcessTree.kill(process.pid()); // its children hold the pipes too
                      }
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      try (var in = process.getOutputStream()) {
        in.write(input);
      } catch (IOException ignored) {
        // It did not want its input; its exit code says the rest.
      }
      String output;
      try (InputStream out = process.getInputStream()) {
        output = new String(out.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
        out.transferTo(OutputStream.nullOutputStream());
      }
      int code = process.waitFor();
      watchdog.interrupt();
      if (late.get()) {
        throw new EngineException(
            EngineException.Code.RUNTIME,
            "%s did not end within %d s, and was killed%s"
                .formatted(
                    String.join(" ", words),
                    atMost.toSeconds(),
                    output.isBlank() ? "" : "; it said: " + Conmon.tidy(output)));
      }
      return new Result(code, output.strip());
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, words.getFirst() + " can't be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.RUNTIME, words.getFirst() + " was interrupted", e);
    }
  }
}
