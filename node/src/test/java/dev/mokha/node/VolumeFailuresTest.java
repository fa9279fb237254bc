package dev.mokha.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.volumewatch.HealPolicy;
import dev.mokha.linux.FileSystemSync;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods on a real ext4 of a loop device, which its own kernel is told to give up. */
@Timeout(120)
class VolumeFailuresTest {
  @TempDir private static Path directory;
  private TestNode node;
  private Path volume;
  private String disk;
  private Informers informers;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  @BeforeEach
  void mount() throws Exception {
    for (String program : List.of("/sbin/mkfs.ext4", "/sbin/losetup", "/sbin/e2fsck")) {
      assumeTrue(Files.exists(Path.of(program)), program + " is missing: install e2fsprogs");
    }
    node = TestNode.start();
    Path image = directory.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(32 << 20);
    }
    run("mkfs.ext4", "-q", "-F", image.toString());
    disk = run("losetup", "-f", "--show", image.toString()).strip();
    volume = Files.createDirectories(directory.resolve("volume"));
    Mounts.mount(disk, volume, "ext4", EnumSet.noneOf(MountFlag.class), "errors=remount-ro");
    informers = Informers.of(node.admin);
    informers
        .get(Kinds.EVENT)
        .addHandler(
            Informer.Handler.any(
                event -> {
                  if (event.getReason().startsWith("Volume")) {
                    events.add(event);
                  }
                }));
  }

  @AfterEach
  void unmount() throws Exception {
    if (informers != null) {
      informers.close();
    }
    if (node != null) {
      node.close();
    }
    if (volume != null) {
      Mounts.unmount(volume);
    }
    if (disk != null) {
      run("losetup", "-d", disk);
    }
  }

  private static String run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private Pod pod(String policy) throws Exception {
    node.pods.create(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("writer")
            .withAnnotations(Map.of(HealPolicy.ANNOTATION, policy))
            .endMetadata()
            .withNewSpec()
            .withNodeName(TestNode.NODE)
            .withTerminationGracePeriodSeconds(1L)
            .addNewContainer()
            .withName("main")
            .withImage(BusyboxArchive.IMAGE)
            .withCommand(
                "sh", "-c", "date +%s.%N > /data/started; trap exit TERM; sleep 1000 & wait")
            .addNewVolumeMount()
            .withName("data")
            .withMountPath("/data")
            .endVolumeMount()
            .endContainer()
            .addNewVolume()
            .withName("data")
            .withNewHostPath(volume.toString(), "Directory")
            .endVolume()
            .endSpec()
            .build());
    return node.await("writer", VolumeFailuresTest::runs);
  }

  private static boolean runs(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .anyMatch(status -> status.getState().getRunning() != null);
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }

  private void fail() throws Exception {
    Path trigger =
        Path.of("/sys/fs/ext4", Path.of(disk).getFileName().toString(), "trigger_fs_error");
    assumeTrue(Files.exists(trigger), "this kernel's ext4 can't be told to fail");
    Files.writeString(trigger, "test");
  }

  private Event next() throws InterruptedException {
    Event event = events.poll(30, TimeUnit.SECONDS);
    assertThat(event).as("an event about the volume").isNotNull();
    assertThat(event.getInvolvedObject().getName()).isEqualTo("writer");
    assertThat(event.getInvolvedObject().getFieldPath()).isEqualTo("spec.containers{main}");
    return event;
  }

  @Test
  void aPodThatAllowsItIsRestartedOnAFileSystemThatWasMended() throws Exception {
    Files.writeString(volume.resolve("kept"), "data", StandardOpenOption.CREATE);
    FileSystemSync.of(volume);
    Pod pod = pod("restart");
    long start = System.nanoTime();
    fail();
    Event told = next();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(told.getReason()).isEqualTo("VolumeReadOnly");
    assertThat(told.getType()).isEqualTo("Warning");
    assertThat(told.getMessage()).startsWith("/data: ").contains(disk);
    Event healed = next();
    assertThat(healed.getReason()).as(healed.getMessage()).isEqualTo("VolumeHealed");
    Pod again =
        node.await(
            "writer", p -> runs(p) && main(p).getRestartCount() > main(pod).getRestartCount());
    assertThat(again.getMetadata().getUid()).isEqualTo(pod.getMetadata().getUid());
    // Nothing was written below the mount point while the file system was away from it.
    assertThat(volume.resolve("kept")).hasContent("data");
    assertThat(volume.resolve("started")).exists();
    node.delete("writer");
    Mounts.unmount(volume);
    try (var below = Files.list(volume)) {
      assertThat(below).isEmpty();
    }
  }

  @Test
  void aPodThatOnlyWantsToKnowIsToldAndRunsOn() throws Exception {
    Pod pod = pod("report");
    fail();
    assertThat(next().getReason()).isEqualTo("VolumeReadOnly");
    assertThat(next().getReason()).isEqualTo("VolumeNotHealed");
    Pod now = node.informer.find("default", "writer").orElseThrow();
    assertThat(main(now).getContainerID()).isEqualTo(main(pod).getContainerID());
    assertThat(runs(now)).isTrue();
    node.delete("writer");
  }
}
