package dev.mokha.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The docker command against one engine. */
final class DockerCli {
  private static final int PATIENCE_SECONDS = 300;

  private final String host;

  DockerCli(String host) {
    this.host = host;
  }

  /** Runs it; what it printed, without the last line end. */
  String run(String... words) throws IOException, InterruptedException {
    return run(List.of(words));
  }

  String run(List<String> words) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("docker", "-H", host));
    all.addAll(words);
    Path said = Files.createTempFile("bench", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(all).redirectError(said.toFile());
      builder.environment().put("DOCKER_BUILDKIT", "0");
      Process process = builder.start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new BenchException("docker " + words.getFirst() + " takes more than five minutes");
      }
      if (process.exitValue() != 0) {
        throw new BenchException(
            "docker -H %s %s: %s"
                .formatted(host, String.join(" ", words), Files.readString(said).strip()));
      }
      return out.strip();
    } finally {
      Files.delete(said);
    }
  }

  /** The engine's name and version. */
  String version() throws IOException, InterruptedException {
    return run("version", "--format", "{{.Server.Version}} {{.Server.KernelVersion}}");
  }

  /** A call without a body over the socket, and no docker command to start. */
  void post(String path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(URI.create(host).getPath()));
      channel.write(
          StandardCharsets.US_ASCII.encode(
              "POST "
                  + path
                  + " HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
      ByteBuffer answer = ByteBuffer.allocate(1 << 16);
      int n = 0;
      while (n >= 0 && answer.hasRemaining()) {
        n = channel.read(answer);
      }
      String head = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
      if (!head.startsWith("HTTP/1.1 2")) {
        throw new BenchException("POST " + path + ": " + head.strip());
      }
    }
  }

  /** A process's words; empty when it is gone. */
  static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }

  /** Removes a tree. */
  static void delete(Path tree) {
    try (Stream<Path> all = Files.walk(tree)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
