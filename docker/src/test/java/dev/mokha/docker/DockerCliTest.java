package dev.mokha.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stock command says here what it says with dockerd 28: words and exit codes. */
class DockerCliTest {
  private static final String DAEMON = "Error response from daemon: ";
  private static final String NOT_STARTED =
      "docker: Error response from daemon: failed to create task for container: failed to create"
          + " shim task: OCI runtime create failed: ";
  private static final String HELP = "\n\nRun 'docker run --help' for more information\n";

  @TempDir Path directory;
  @AutoClose private TestDocker docker;
  private Cli cli;

  @BeforeEach
  void open() {
    docker = new TestDocker().withBusybox();
    cli = new Cli(docker, directory);
  }

  private void refused(String message, String... words) {
    Cli.Result result = cli.run(words);
    assertThat(result.err()).isEqualTo("docker: " + DAEMON + message + HELP);
    assertThat(result.code()).isEqualTo(125);
  }

  @Test
  void aProgramsOutputAndExitCodeAreTheCommands() {
    assertThat(cli.run("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7"))
        .isEqualTo(new Cli.Result(7, "out\n", "err\n"));
    assertThat(cli.reading("hello\n", "run", "--rm", "-i", "busybox", "cat").out())
        .isEqualTo("hello\n");
  }

  @Test
  void aProgramThatCannotBeRunIsSaid() {
    Cli.Result missing = cli.run("run", "busybox", "nosuch");
    assertThat(missing.code()).isEqualTo(127);
    assertThat(missing.err()).startsWith(NOT_STARTED).contains("nosuch").endsWith(HELP);
    assertThat(cli.run("run", "busybox", "/bin").code()).isEqualTo(126);
    assertThat(cli.run("ps", "-a", "--format", "{{.State}}").out()).isEqualTo("created\ncreated\n");
  }

  @Test
  void whatMakesNoSenseIsRefusedInDockersWords() {
    refused("Minimum memory limit allowed is 6MB", "run", "--memory", "1m", "busybox");
    refused("invalid mode: wat", "run", "-v", "data:/data:wat", "busybox");
    refused("No such container: nosuch", "run", "--pid", "container:nosuch", "busybox");
    refused(
        "could not get container for nosuch: No such container: nosuch",
        "run",
        "--link",
        "nosuch",
        "busybox");
    refused(
        "invalid mount config for type \"bind\": bind source path does not exist: /no/such",
        "run",
        "--mount",
        "type=bind,src=/no/such,dst=/x",
        "busybox");
    assertThat(cli.run("ps", "-aq").out()).isEmpty();
  }

  @Test
  void aNameIsTakenOnceAndMayChangeBeforeTheFirstRun() {
    String id = cli.run("create", "--name", "one", "busybox").out().strip();
    Cli.Result again = cli.run("create", "--name", "one", "busybox");
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err())
        .isEqualTo(
            DAEMON
                + "Conflict. The container name \"/one\" is already in use by container \""
                + id
                + "\". You have to remove (or rename) that container to be able to reuse that"
                + " name.\n");
    assertThat(cli.run("rename", "one", "two")).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.run("ps", "-a", "--format", "{{.Names}} {{.Status}}").out())
        .isEqualTo("two Created\n");
  }

  @Test
  void networksAreMissedAtTheStart() {
    String message = "failed to set up container networking: network nosuch not found";
    refused(message, "run", "--name", "lone", "--network", "nosuch", "busybox");
    assertThat(cli.run("inspect", "-f", "{{.State.Error}}", "lone").out())
        .isEqualTo(message + "\n");
    assertThat(cli.run("network", "rm", "bridge").err())
        .startsWith(DAEMON + "bridge is a pre-defined network and cannot be removed\n");
  }

  @Test
  void addressesThatANetworkHasNotAreRefusedBeforeThereIsAContainer() {
    cli.run("network", "create", "--subnet", "10.213.77.0/28", "small");
    refused(
        "invalid config for network small: invalid endpoint settings:\n"
            + "no configured subnet or ip-range contain the IP address 10.9.9.9",
        "run",
        "--network",
        "small",
        "--ip",
        "10.9.9.9",
        "busybox");
    assertThat(cli.run("ps", "-aq").out()).isEmpty();
  }

  @Test
  void commandsThatCannotBeRunInsideAreToldOf() {
    cli.run("run", "-d", "--name", "box", "busybox", "sleep", "300");
    assertThat(cli.run("exec", "box", "sh", "-c", "exit 9").code()).isEqualTo(9);
    Cli.Result missing = cli.run("exec", "box", "nosuch");
    assertThat(missing.out()).startsWith("OCI runtime exec failed: ").contains("nosuch");
    assertThat(missing.err()).isEmpty();
    assertThat(missing.code()).isEqualTo(127);
    Cli.Result detached = cli.run("exec", "-d", "box", "nosuch");
    assertThat(detached.err()).startsWith(DAEMON + "OCI runtime exec failed: ");
    assertThat(detached.code()).isEqualTo(1);
    assertThat(cli.run("exec", "-u", "nosuch", "box", "true").err())
        .isEqualTo(DAEMON + "unable to find user nosuch: no matching entries in passwd file\n");
  }

  @Test
  void aPausedContainerRunsNothingMore() {
    cli.run("run", "-d", "--name", "box", "busybox", "sleep", "300");
    assertThat(cli.run("pause", "box").out()).isEqualTo("box\n");
    assertThat(cli.run("exec", "box", "true").err())
        .isEqualTo(DAEMON + "Container box is paused, unpause the container before exec\n");
    assertThat(cli.run("unpause", "box").code()).isZero();
    assertThat(cli.run("exec", "box", "true").code()).isZero();
  }

  @Test
  void signalsThatAreNoneAreRefused() {
    cli.run("run", "-d", "--name", "box", "busybox", "sleep", "300");
    assertThat(cli.run("kill", "-s", "WAT", "box").err())
        .isEqualTo(DAEMON + "cannot kill container: box: invalid signal: WAT\n");
    assertThat(cli.run("kill", "box").out()).isEqualTo("box\n");
    assertThat(cli.run("wait", "box").out()).isEqualTo("137\n");
  }

  @Test
  void aBuildFailsAsItsCommandDid() throws IOException {
    Files.writeString(directory.resolve("Dockerfile"), "FROM busybox\nRUN echo no; exit 4\n");
    Cli.Result failed = cli.run("build", ".");
    assertThat(failed.code()).isEqualTo(4);
    assertThat(failed.err())
        .endsWith("The command '/bin/sh -c echo no; exit 4' returned a non-zero code: 4\n");
    assertThat(cli.run("build", "--target", "x", ".").err())
        .endsWith("target stage \"x\" could not be found\n");
  }

  @Test
  void aDockerfileMayComeFromTheInput() throws IOException {
    Files.writeString(directory.resolve("a"), "A");
    Cli.Result built =
        cli.reading("FROM busybox\nCOPY a /a\n", "build", "-q", "-t", "made", "-f", "-", ".");
    assertThat(built.code()).as(built.err()).isZero();
    assertThat(cli.run("run", "--rm", "made", "cat", "/a").out()).isEqualTo("A");
    assertThat(cli.run("inspect", "-f", "{{json .Config.Env}}", "made").out())
        .isEqualTo("[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]\n");
  }

  @Test
  void whatIsNoArchiveIsNoImage() {
    Cli.Result imported = cli.reading("bad", "import", "-", "made");
    assertThat(imported.err()).isEqualTo(DAEMON + "unexpected EOF\n");
    assertThat(imported.code()).isEqualTo(1);
    assertThat(cli.run("images", "-q", "made").out()).isEmpty();
  }

  @Test
  void filesGoIntoVolumesOfContainersThatNeverRan() throws IOException {
    Files.writeString(directory.resolve("a"), "A");
    cli.run("create", "--name", "box", "-v", "data:/data", "busybox");
    assertThat(cli.run("cp", "a", "box:/data/").code()).isZero();
    assertThat(cli.run("run", "--rm", "-v", "data:/x", "busybox", "cat", "/x/a").out())
        .isEqualTo("A");
    assertThat(cli.run("cp", "box:/nosuch", ".").err())
        .isEqualTo(DAEMON + "Could not find the file /nosuch in container box\n");
  }

  @Test
  void prunesTakeFilters() {
    assertThat(cli.run("system", "prune", "-f", "--filter", "label=nobody").out())
        .endsWith("Total reclaimed space: 0B\n");
    assertThat(cli.run("system", "prune", "-f", "--filter", "wat=1").err())
        .isEqualTo(DAEMON + "invalid filter 'wat'\n");
  }

  @Test
  void anImageOfAnotherPlatformIsNotRun() {
    Cli.Result other =
        cli.run("run", "--pull", "never", "--platform", "linux/s390x", "busybox", "true");
    assertThat(other.code()).isEqualTo(125);
    assertThat(other.err()).contains("does not provide the specified platform (linux/s390x)");
  }

  @Test
  void refusalsOfManyKindsAreDockers() throws IOException {
    cli.run("run", "-d", "--name", "one", "busybox", "sleep", "600");
    cli.run("create", "--name", "two", "busybox");
    assertThat(cli.run("rename", "one", "two").err())
        .startsWith(
            DAEMON
                + "Error when allocating new name: Conflict. The container name \"/two\" is"
                + " already in use");
    assertThat(cli.run("kill", "nosuch").err())
        .isEqualTo(DAEMON + "cannot kill container: nosuch: No such container: nosuch\n");
    assertThat(cli.run("update", "--memory", "100m", "one").err())
        .contains("update the memoryswap at the same time");
    assertThat(cli.run("commit", "-c", "BAD x", "two", "x:1").err())
        .isEqualTo(DAEMON + "BAD is not a valid change command\n");
    assertThat(cli.run("commit", "-c", "EXPOSE abc", "two", "x:1").err())
        .isEqualTo(DAEMON + "Invalid containerPort: abc\n");
    assertThat(cli.run("run", "--net", "container:nosuch", "busybox").err())
        .contains("joining network namespace of container: No such container: nosuch");
    assertThat(cli.reading("junk\n", "cp", "-", "one:/").err())
        .isEqualTo(DAEMON + "unexpected EOF\n");
    assertThat(cli.run("cp", "one:/bin/busybox/", ".").err())
        .isEqualTo(DAEMON + "lstat /bin/busybox/: not a directory\n");
  }

  @Test
  void aNewNameOfAnImageIsAnEvent() {
    cli.run("tag", "busybox", "other:2");
    String soon = Long.toString(Instant.now().getEpochSecond() + 1);
    assertThat(cli.run("events", "--since", "1h", "--until", soon, "--filter", "event=tag").out())
        .contains("image tag sha256:", "name=other:2");
  }
}
