package dev.mokha.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.images.ComposeSpec;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** An engine of its own for one test, and nothing left of it afterwards. */
public final class TestEngine implements AutoCloseable {
  /** The image that {@link #withBusybox} brings. */
  public static final String BUSYBOX = "busybox:test";

  private static final List<String> APPLETS =
      List.of(
          "sh",
          "cat",
          "echo",
          "sleep",
          "ls",
          "id",
          "env",
          "stat",
          "touch",
          "mkdir",
          "grep",
          "dd",
          "hostname",
          "pwd",
          "stty",
          "kill",
          "true",
          "false",
          "head",
          "tail",
          "mount",
          "ps",
          "wc",
          "trap",
          "yes",
          "test",
          "tty",
          "readlink",
          "umount",
          "chroot",
          "sync",
          "nproc");

  private final Path root;
  private final EngineConfig config;
  private Engine engine;

  /** Opens one. */
  public TestEngine() {
    assumeRoot();
    String name = "mokha-test-" + UUID.randomUUID().toString().substring(0, 8);
    root = Path.of("/var/tmp", name);
    config =
        new EngineConfig(
            root.resolve("data"), Path.of("/run", name), "/" + name, Map.of(), List.of());
    engine = Engine.open(config);
  }

  /** Skips the test where containers can't run at all. */
  public static void assumeRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "containers need root: run as root");
    assumeTrue(Files.exists(Path.of("/usr/bin/conmon")), "containers need conmon: install it");
  }

  /** One with a small image, which is composed once and kept below target/. */
  public static TestEngine withBusybox() {
    TestEngine test = new TestEngine();
    try {
      test.engine.images().importArchive(busyboxArchive(), BUSYBOX, Progress.NONE);
      return test;
    } catch (RuntimeException e) {
      test.close();
      throw e;
    }
  }

  /** The small image's archive. */
  public static synchronized Path busyboxArchive() {
    Path archive = Path.of("target/busybox.tar").toAbsolutePath();
    if (Files.exists(archive)) {
      return archive;
    }
    assumeTrue(
        Files.exists(Path.of("/usr/bin/mmdebstrap")),
        "the test image needs mmdebstrap: install it");
    Path links = Path.of("target/busybox-links").toAbsolutePath();
    try (TestEngine test = new TestEngine()) {
      DurableFiles.delete(links);
      Files.createDirectories(links);
      for (String applet : APPLETS) {
        Files.createSymbolicLink(links.resolve(applet), Path.of("/bin/busybox"));
      }
      test.engine
          .images()
          .compose(
              new ComposeSpec(
                  BUSYBOX,
                  List.of("busybox-static"),
                  "",
                  Map.of("/bin", links),
                  new Image.Config(
                      List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                      List.of(),
                      List.of("sh"),
                      "",
                      "",
                      List.of(),
                      List.of(),
                      "",
                      Map.of())),
              Progress.NONE);
      test.engine.images().export(BUSYBOX, archive);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return archive;
  }

  /** The engine. */
  public Engine engine() {
    return engine;
  }

  /** Where it lives. */
  public EngineConfig config() {
    return config;
  }

  /** A directory for the test's own files. */
  public Path scratch() {
    try {
      return Files.createDirectories(root.resolve("scratch"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets go of the engine and opens another one in its place, as a restart of the daemon does. */
  public void restart() {
    engine.close();
    reopen();
  }

  /** Opens an engine where there was one; the test has closed that, or killed it. */
  public void reopen() {
    engine = Engine.open(config);
  }

  /** Creates and starts a container of the small image. */
  public Container run(String... args) {
    Container container = engine.containers().create(spec(args).build());
    container.start();
    return container;
  }

  /** What a container of the small image is made from; its log is among the test's own files. */
  public ContainerSpecBuilder spec(String... args) {
    return busybox(List.of(args)).logPath(scratch().resolve(UUID.randomUUID() + ".log"));
  }

  /** The same of whatever engine has the small image, with no log. */
  static ContainerSpecBuilder busybox(List<String> args) {
    return ContainerSpec.builder()
        .owner("pod/test")
        .image(BUSYBOX)
        .args(args)
        .env(List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin"))
        .logMaxFiles(5);
  }

  /** What is mounted for containers and steps of builds: all but the place of builds' secrets. */
  public List<Path> mounts() {
    Path secrets = config.runDir().resolve("build");
    return Mounts.list().stream()
        .map(MountEntry::target)
        .filter(target -> target.startsWith(config.runDir()) && !target.equals(secrets))
        .toList();
  }

  @Override
  public void close() {
    engine.close();
    reopen(); // one that was closed or killed lists nothing
    for (Container container : engine.containers().list("")) {
      container.remove();
    }
    engine.close();
    Mounts.unmountTree(config.runDir());
    Cgroups.detect().remove(config.cgroupRoot());
    try {
      DurableFiles.delete(config.runDir());
      DurableFiles.delete(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
