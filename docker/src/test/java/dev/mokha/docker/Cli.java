package dev.mokha.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The machine's own {@code docker} command, pointed at a test's daemon. */
final class Cli {
  private static final long SECONDS = 60;

  private final Path socket;
  private final Path directory;

  /** Skips the test where there is no such command. */
  Cli(TestDocker docker, Path directory) {
    assumeTrue(installed(), "the test drives the docker command: install it");
    this.socket = docker.socket();
    this.directory = directory;
  }

  /** Whether there is such a command. */
  static boolean installed() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, "docker")));
  }

  /**
   * What a command came to.
   *
   * @param code its exit code
   * @param out what it said on its standard output
   * @param err and on its standard error
   */
  record Result(int code, String out, String err) {}

  /** Runs it with nothing to read. */
  Result run(String... words) {
    return reading("", words);
  }

  /** Runs it with something to read. */
  Result reading(String input, String... words) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("DOCKER_HOST", "unix://" + socket);
    builder.environment().put("DOCKER_CONFIG", directory.toString());
    builder.environment().put("DOCKER_BUILDKIT", "0");
    try {
      Path out = Files.createTempFile("docker", ".out");
      Path err = Files.createTempFile("docker", ".err");
      Path in = Files.writeString(Files.createTempFile("docker", ".in"), input);
      try {
        Process process =
            builder
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("docker " + String.join(" ", words) + " does not end");
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        for (Path file : List.of(out, err, in)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
