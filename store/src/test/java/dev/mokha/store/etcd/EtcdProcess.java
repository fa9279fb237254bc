package dev.mokha.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real etcd of one member, on ports of its own and with data in a directory of the test.
 *
 * <p>The program is found in the path, or by the system property {@code mokha.etcd}, which lets the
 * same tests run with another version.
 */
public final class EtcdProcess implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final int peerPort;
  private final List<String> options;
  private Process process;

  private EtcdProcess(Path directory, int port, int peerPort, List<String> options) {
    this.directory = directory;
    this.port = port;
    this.peerPort = peerPort;
    this.options = options;
  }

  /** Starts one; skips the test where there is no etcd. */
  public static EtcdProcess start(Path directory, String... options) throws Exception {
    assumeTrue(program().isPresent(), "there is no etcd here: apt-get install etcd-server");
    int[] ports = freePorts(2);
    EtcdProcess etcd = new EtcdProcess(directory, ports[0], ports[1], List.of(options));
    etcd.restart();
    return etcd;
  }

  private static Optional<Path> program() {
    String given = System.getProperty("mokha.etcd", "");
    Stream<Path> places =
        given.isEmpty()
            ? Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(p -> Path.of(p, "etcd"))
            : Stream.of(Path.of(given));
    return places.filter(Files::isExecutable).findFirst();
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      sockets.add(socket);
      ports[i] = socket.getLocalPort();
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  /** Starts it again with its data, on the same ports, and waits until it listens. */
  public void restart() throws Exception {
    String peer = "http://127.0.0.1:" + peerPort;
    boolean tls = options.stream().anyMatch(o -> o.startsWith("--cert-file"));
    String client = (tls ? "https" : "http") + "://127.0.0.1:" + port;
    List<String> command =
        new ArrayList<>(
            List.of(
                program().orElseThrow().toString(),
                "--data-dir=" + directory.resolve("etcd"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer,
                // A whole transaction of the store and its keys.
                "--max-request-bytes=2097152",
                "--log-level=error"));
    command.addAll(options);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("etcd.log").toFile()))
            .start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!listens()) {
      assertThat(process.isAlive() && System.nanoTime() < until)
          .as("etcd starts: " + Files.readString(directory.resolve("etcd.log")))
          .isTrue();
      Thread.sleep(10);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Its port for clients. */
  public int port() {
    return port;
  }

  /** Its address, with a prefix of the keys. */
  public EtcdAddress address(String prefix) {
    return new EtcdAddress(List.of("127.0.0.1:" + port), prefix, Optional.empty());
  }

  /** Ends it with SIGKILL. */
  public void kill() throws Exception {
    process.destroyForcibly().waitFor();
  }

  /** Sends SIGSTOP: connections stay open and nobody answers. */
  public void freeze() throws Exception {
    signal("STOP");
  }

  /** Sends SIGCONT. */
  public void thaw() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  @Override
  public void close() throws Exception {
    kill();
  }
}
