package dev.mokha.node.probe;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command run inside a container. */
public final class ExecCheck {
  private static final int MOST_OUTPUT = 10 * 1024;

  private ExecCheck() {}

  /**
   * Runs it; success is exit code 0.
   *
   * @throws InterruptedException when the caller is no longer interested; the command is killed
   */
  public static CheckResult run(Container container, List<String> command, Duration timeout)
      throws InterruptedException {
    Container.ExecSpec spec =
        new Container.ExecSpec(command, List.of(), "", "", false, false, false);
    try (Container.ExecSession session = container.exec(spec)) {
      CompletableFuture<String> out = read(session.stdout());
      CompletableFuture<String> err = read(session.stderr());
      CompletableFuture<Integer> exit = new CompletableFuture<>();
      Thread.ofVirtual()
          .name("exec-check")
          .start(
              () -> {
                try {
                  exit.complete(session.awaitExit());
                } catch (InterruptedException | RuntimeException e) {
                  exit.completeExceptionally(e);
                }
              });
      int code = exit.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      String output = soon(out) + soon(err);
      return code == 0 ? CheckResult.ok(output) : CheckResult.failed(output);
    } catch (TimeoutException e) {
      return CheckResult.failed(
          "command timed out: \"%s\" timed out after %ds"
              .formatted(String.join(" ", command), timeout.toSeconds()));
    } catch (ExecutionException e) {
      return CheckResult.failed("command failed: " + e.getCause().getMessage());
    } catch (EngineException e) {
      return CheckResult.failed("command could not be run: " + e.getMessage());
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("exec-check-output")
        .start(
            () -> {
              try (stream) {
                byte[] begin = stream.readNBytes(MOST_OUTPUT);
                text.complete(new String(begin, StandardCharsets.UTF_8));
                stream.skip(Long.MAX_VALUE);
              } catch (IOException | RuntimeException e) {
                text.complete("");
              }
            });
    return text;
  }

  // A child that holds the output open must not hold the result up.
  private static String soon(CompletableFuture<String> text) throws InterruptedException {
    try {
      return text.get(200, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return "";
    }
  }
}
