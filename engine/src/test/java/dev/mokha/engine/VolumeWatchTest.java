package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.runtime.Command;
import dev.mokha.engine.volumewatch.HealPolicy;
import dev.mokha.engine.volumewatch.VolumeEvent;
import dev.mokha.engine.volumewatch.VolumeEvent.Kind;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.FileSystemSync;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.NativeFunction;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real ext4 on a loop device, which its own kernel is told to give up. */
@Timeout(60)
class VolumeWatchTest {
  private final LinkedBlockingQueue<VolumeEvent> events = new LinkedBlockingQueue<>();
  private TestEngine test;
  private Path volume;
  private String disk;

  @BeforeEach
  void mount() throws Exception {
    TestEngine.assumeRoot();
    for (String program : List.of("/sbin/mkfs.ext4", "/sbin/losetup", "/sbin/e2fsck")) {
      assumeTrue(Files.exists(Path.of(program)), program + " is missing: install e2fsprogs");
    }
    test = TestEngine.withBusybox();
    Path image = test.scratch().resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(32 << 20);
    }
    run("mkfs.ext4", "-q", image.toString());
    Command.Result loop =
        Command.run(Duration.ofSeconds(20), List.of("losetup", "-f", "--show", image.toString()));
    assumeTrue(loop.succeeded(), "no loop device is to be had: " + loop.output());
    disk = loop.output().strip();
    volume = Files.createDirectories(test.scratch().resolve("volume"));
    Mounts.mount(disk, volume, "ext4", EnumSet.of(MountFlag.NO_SUID), "errors=remount-ro");
    test.engine().volumeWatch().onEvent(events::add);
  }

  @AfterEach
  void unmount() {
    if (test != null) {
      test.engine().containers().list("").forEach(Container::remove);
      if (volume != null) {
        Mounts.unmount(volume);
      }
      if (disk != null) {
        run("losetup", "-d", disk);
      }
      test.close();
    }
  }

  private static void run(String... words) {
    Command.Result result = Command.run(Duration.ofSeconds(30), List.of(words));
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  private Container container(String policy) {
    ContainerSpec spec =
        test.spec("sh", "-c", "trap exit TERM; while true; do sleep 0.1; done").build().toBuilder()
            .mounts(List.of(ContainerSpec.Mount.bind(volume, "/data", false)))
            .annotations(Map.of(HealPolicy.ANNOTATION, policy))
            .build();
    Container container = test.engine().containers().create(spec);
    container.start();
    return container;
  }

  private void fail() throws Exception {
    Path trigger =
        Path.of("/sys/fs/ext4", Path.of(disk).getFileName().toString(), "trigger_fs_error");
    assumeTrue(Files.exists(trigger), "this kernel's ext4 can't be told to fail");
    Files.writeString(trigger, "test");
  }

  private VolumeEvent next() throws InterruptedException {
    VolumeEvent event = events.poll(15, TimeUnit.SECONDS);
    assertThat(event).as("an event").isNotNull();
    return event;
  }

  @Test
  void anErrorIsToldWithinFiveSeconds() throws Exception {
    Container container = container("report");
    long start = System.nanoTime();
    fail();
    VolumeEvent event = next();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(event.kind()).isEqualTo(Kind.READ_ONLY);
    assertThat(event.source()).isEqualTo(disk);
    assertThat(event.mountPoint()).isEqualTo(volume);
    assertThat(event.affected()).containsExactly(new VolumeEvent.Affected(container.id(), "/data"));
    assertThat(next().kind()).isEqualTo(Kind.NOT_HEALED);
  }

  @Test
  void containersThatAllowItAreRestartedOnAFileSystemThatWasMended() throws Exception {
    Files.writeString(
        volume.resolve("kept"), "data", StandardOpenOption.CREATE, StandardOpenOption.SYNC);
    FileSystemSync.of(volume);
    Container container = container("restart");
    int before = container.state().pid();
    fail();
    assertThat(next().kind()).isEqualTo(Kind.READ_ONLY);
    VolumeEvent healed = next();
    assertThat(healed.kind()).as(healed.message()).isEqualTo(Kind.HEALED);
    assertThat(container.state().status()).isEqualTo(Container.Status.RUNNING);
    assertThat(container.state().pid()).isNotEqualTo(before);
    Files.writeString(volume.resolve("new"), "more");
    assertThat(volume.resolve("kept")).hasContent("data");
    assertThat(Mounts.find(volume).orElseThrow().options()).contains("nosuid");
    assertThat(Mounts.find(volume).orElseThrow().superOptions()).contains("errors=remount-ro");
  }

  @Test
  void withoutAWordOnlyRemountingIsTriedAndTheRestIsSaid() throws Exception {
    Container container = container("");
    int before = container.state().pid();
    fail();
    assertThat(next().kind()).isEqualTo(Kind.READ_ONLY);
    VolumeEvent said = next();
    assertThat(said.kind()).isEqualTo(Kind.NOT_HEALED);
    assertThat(said.message()).contains("check it with fsck");
    assertThat(container.state().pid()).isEqualTo(before);
  }

  @Test
  void anAdministratorsWishIsLeftAlone() throws Exception {
    container("restart");
    // Until it was seen writable, nothing has turned.
    Thread.sleep(Duration.ofMillis(2500));
    Mounts.mount(null, volume, null, EnumSet.of(MountFlag.REMOUNT, MountFlag.READ_ONLY), "");
    assertThat(next().kind()).isEqualTo(Kind.READ_ONLY);
    assertThat(next().message()).contains("Somebody remounted");
    Mounts.mount(null, volume, null, EnumSet.of(MountFlag.REMOUNT), "");
    assertThat(next().kind()).isEqualTo(Kind.HEALED);
  }

  @Test
  void whatCanBeRemountedIs() throws Exception {
    Container container = container("");
    int before = container.state().pid();
    Thread.sleep(Duration.ofMillis(2500));
    readOnlySuperblock();
    assertThat(next().kind()).isEqualTo(Kind.READ_ONLY);
    VolumeEvent healed = next();
    assertThat(healed.kind()).as(healed.message()).isEqualTo(Kind.HEALED);
    Files.writeString(volume.resolve("again"), "x");
    assertThat(container.state().pid()).isEqualTo(before);
    assertThat(Mounts.find(volume).orElseThrow().options()).contains("nosuid");
  }

  /** As the kernel does it: the file system turns read-only, its mounts' flags stay. */
  private void readOnlySuperblock() {
    NativeFunction pick = NativeFunction.ofInt("fspick", 3);
    NativeFunction configure = NativeFunction.ofInt("fsconfig", 5);
    try (Arena arena = Arena.ofConfined();
        FileDescriptor context =
            new FileDescriptor(
                pick.call("pick", -100, arena.allocateFrom(volume.toString()).address(), 0))) {
      configure.call("ro", context.number(), 0, arena.allocateFrom("ro").address(), 0, 0);
      configure.call("reconfigure", context.number(), 7, 0, 0, 0);
    }
  }

  @Test
  void theTroubleOfADiskIsSeenByANewDaemonToo() throws Exception {
    container("report");
    fail();
    next();
    test.restart();
    events.clear();
    test.engine().volumeWatch().onEvent(events::add);
    assertThat(next().kind()).isEqualTo(Kind.READ_ONLY);
  }
}
