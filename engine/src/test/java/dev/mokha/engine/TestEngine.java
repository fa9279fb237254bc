package dev.mokha.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.images.ComposeSpec;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.linux.DurableFiles;
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

  /** What a container of the small image is made from. */
  public SpecBuilder spec(String... args) {
    return new SpecBuilder(List.of(args)).log(scratch().resolve(UUID.randomUUID() + ".log"));
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

  /** Builds specs from Docker's defaults. */
  public static final class SpecBuilder {
    private final List<String> args;
    private String id = "";
    private String image = BUSYBOX;
    private String owner = "pod/test";
    private Path log;
    private long logMaxBytes;
    private int logMaxFiles = 5;
    private List<String> env = List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    private ContainerSpec.User user = ContainerSpec.User.ROOT;
    private String workingDir = "";
    private String hostname = "";
    private ContainerSpec.Namespaces namespaces = ContainerSpec.Namespaces.PRIVATE;
    private List<ContainerSpec.Mount> mounts = List.of();
    private List<ContainerSpec.Device> devices = List.of();
    private Resources resources = Resources.NONE;
    private Security security = Security.DEFAULT;
    private Map<String, String> sysctls = Map.of();
    private Map<String, ContainerSpec.Rlimit> rlimits = Map.of();
    private boolean tty;
    private boolean stdin;
    private boolean stdinOnce;

    SpecBuilder(List<String> args) {
      this.args = args;
    }

    public SpecBuilder id(String value) {
      id = value;
      return this;
    }

    public SpecBuilder image(String value) {
      image = value;
      return this;
    }

    public SpecBuilder owner(String value) {
      owner = value;
      return this;
    }

    public SpecBuilder log(Path value) {
      log = value;
      return this;
    }

    public SpecBuilder logLimit(long bytes, int files) {
      logMaxBytes = bytes;
      logMaxFiles = files;
      return this;
    }

    public SpecBuilder env(String... values) {
      env = List.of(values);
      return this;
    }

    public SpecBuilder user(String name, Long... gids) {
      user = new ContainerSpec.User(name, List.of(gids));
      return this;
    }

    public SpecBuilder workingDir(String value) {
      workingDir = value;
      return this;
    }

    public SpecBuilder hostname(String value) {
      hostname = value;
      return this;
    }

    public SpecBuilder namespaces(ContainerSpec.Namespaces value) {
      namespaces = value;
      return this;
    }

    public SpecBuilder mounts(ContainerSpec.Mount... values) {
      mounts = List.of(values);
      return this;
    }

    public SpecBuilder devices(ContainerSpec.Device... values) {
      devices = List.of(values);
      return this;
    }

    public SpecBuilder resources(Resources value) {
      resources = value;
      return this;
    }

    public SpecBuilder security(Security value) {
      security = value;
      return this;
    }

    public SpecBuilder sysctls(Map<String, String> value) {
      sysctls = value;
      return this;
    }

    public SpecBuilder rlimits(Map<String, ContainerSpec.Rlimit> value) {
      rlimits = value;
      return this;
    }

    public SpecBuilder terminal() {
      tty = true;
      stdin = true;
      return this;
    }

    public SpecBuilder input(boolean once) {
      stdin = true;
      stdinOnce = once;
      return this;
    }

    public ContainerSpec build() {
      return ContainerSpec.builder()
          .id(id)
          .owner(owner)
          .image(image)
          .args(args)
          .env(env)
          .workingDir(workingDir)
          .user(user)
          .hostname(hostname)
          .namespaces(namespaces)
          .mounts(mounts)
          .devices(devices)
          .resources(resources)
          .security(security)
          .sysctls(sysctls)
          .rlimits(rlimits)
          .tty(tty)
          .stdin(stdin)
          .stdinOnce(stdinOnce)
          .logPath(log)
          .logMaxBytes(logMaxBytes)
          .logMaxFiles(logMaxFiles)
          .build();
    }
  }
}
