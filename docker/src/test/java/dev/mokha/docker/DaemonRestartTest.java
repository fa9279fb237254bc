package dev.mokha.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that ends and comes again finds its containers as they were, and goes on with them. */
class DaemonRestartTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  @AutoClose private TestDocker docker;
  private Cli cli;

  @BeforeEach
  void open() {
    docker = new TestDocker().withBusybox();
    cli = new Cli(docker, directory);
  }

  private static void await(String what, BooleanSupplier happened) throws InterruptedException {
    Instant limit = Instant.now().plus(PATIENCE);
    while (!happened.getAsBoolean()) {
      assertThat(Instant.now()).as(what + " in time").isBefore(limit);
      Thread.sleep(20);
    }
  }

  private String of(String container, String format) {
    return cli.run("inspect", "-f", format, container).out().strip();
  }

  private static String fetch(String address) {
    try (InputStream in = URI.create("http://" + address + "/page").toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void portsLogsAndCommandsGoOn() throws InterruptedException {
    String program =
        "echo begun; mkdir /w; echo hello > /w/page; busybox mkfifo /f; httpd -p 80 -h /w;"
            + " while true; do cat /f; done";
    Cli.Result started =
        cli.run(
            "run", "-d", "--name", "web", "-p", "127.0.0.1::80", "busybox", "sh", "-c", program);
    assertThat(started.code()).as(started.err()).isZero();
    String address = cli.run("port", "web", "80").out().strip();
    await("the page", () -> fetch(address).equals("hello\n"));
    String pid = of("web", "{{.State.Pid}}");

    docker.restart();

    assertThat(of("web", "{{.State.Pid}} {{.State.Status}}")).isEqualTo(pid + " running");
    assertThat(cli.run("port", "web", "80").out().strip()).isEqualTo(address);
    assertThat(fetch(address)).isEqualTo("hello\n");
    assertThat(cli.run("exec", "web", "cat", "/w/page").out()).isEqualTo("hello\n");
    cli.run("exec", "web", "sh", "-c", "echo later > /f");
    await("the log", () -> cli.run("logs", "web").out().equals("begun\nlater\n"));
    assertThat(cli.run("stop", "-t", "0", "web").out()).isEqualTo("web\n");
    assertThat(fetch(address)).isEmpty();
  }

  @Test
  void commandsInsideAreFoundAgain() throws InterruptedException {
    cli.run("run", "-d", "--name", "box", "busybox", "sleep", "300");
    String waits = "while ! [ -e /go ]; do sleep 0.05; done; exit 7";
    cli.run("exec", "-d", "box", "sh", "-c", waits);
    String path = "/exec/" + of("box", "{{index .ExecIDs 0}}") + "/json";

    docker.restart();

    assertThat(docker.call("GET", path).json().path("Running").asBoolean()).isTrue();
    assertThat(docker.call("GET", path).json().path("Pid").asInt()).isPositive();
    assertThat(docker.call("GET", path).json().at("/ProcessConfig/entrypoint").asString())
        .isEqualTo("sh");
    cli.run("exec", "box", "touch", "/go");
    await("its end", () -> !docker.call("GET", path).json().path("Running").asBoolean());
    assertThat(docker.call("GET", path).json().path("ExitCode").asInt()).isEqualTo(7);
    docker.restart();
    assertThat(docker.call("GET", path).json().path("ExitCode").asInt()).isEqualTo(7);
    assertThat(of("box", "{{.ExecIDs}}")).isEqualTo("[]");
    cli.run("rm", "-f", "box");
    assertThat(docker.call("GET", path).status()).isEqualTo(404);
  }

  @Test
  void whatRemovesItselfStillDoes() throws InterruptedException {
    cli.run("run", "-d", "--rm", "--name", "once", "busybox", "sleep", "300");
    docker.restart();
    assertThat(of("once", "{{.State.Status}}")).isEqualTo("running");
    cli.run("kill", "once");
    await("its removal", () -> cli.run("ps", "-aq").out().isEmpty());
  }

  @Test
  void restartPoliciesGoOn() throws InterruptedException {
    cli.run("run", "-d", "--restart", "always", "--name", "again", "busybox", "sleep", "300");
    cli.run("run", "-d", "--name", "ends", "busybox", "sleep", "300");
    docker.restart();
    String before = of("again", "{{.State.Pid}}");
    for (String name : new String[] {"again", "ends"}) {
      ProcessHandle.of(Long.parseLong(of(name, "{{.State.Pid}}"))).orElseThrow().destroyForcibly();
    }
    await("another run", () -> of("again", "{{.RestartCount}}").equals("1"));
    await(
        "another process",
        () ->
            of("again", "{{.State.Status}}").equals("running")
                && !of("again", "{{.State.Pid}}").equals(before));
    await("the other's end", () -> of("ends", "{{.State.Status}}").equals("exited"));
    assertThat(of("ends", "{{.State.ExitCode}} {{.RestartCount}}")).isEqualTo("137 0");
  }
}
