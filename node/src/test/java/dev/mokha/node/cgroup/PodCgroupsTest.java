package dev.mokha.node.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.MountEntry;
import dev.mokha.node.resources.PodResources;
import dev.mokha.node.resources.QosClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cap of all pods, over directories that look like the kernel's. */
class PodCgroupsTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;
  private PodCgroups cgroups;
  private Path memory;
  private Path cpu;

  @BeforeEach
  void open() throws IOException {
    for (String controller : List.of("memory", "cpu", "pids")) {
      Files.createDirectories(directory.resolve(controller));
    }
    cgroups =
        new PodCgroups(
            CgroupHierarchies.find(List.of(mount("memory"), mount("cpu"), mount("pids"))), "/test");
    memory = directory.resolve("memory/test/pods");
    cpu = directory.resolve("cpu/test/pods");
    cgroups.open(4000, 1000 * MIB);
    uses(0, 0);
  }

  private MountEntry mount(String controller) {
    return new MountEntry(
        1,
        1,
        "0:1",
        "/",
        directory.resolve(controller),
        List.of("rw"),
        "cgroup",
        "cgroup",
        List.of("rw", controller),
        List.of());
  }

  private void uses(long bytes, long cache) throws IOException {
    Files.writeString(memory.resolve("memory.usage_in_bytes"), bytes + "\n");
    Files.writeString(
        memory.resolve("memory.stat"),
        "inactive_file 7\ntotal_inactive_file " + cache + "\ntotal_active_file 5\n");
  }

  private long cap() throws IOException {
    return Long.parseLong(Files.readString(memory.resolve("memory.limit_in_bytes"))) / MIB;
  }

  private static PodResources asking(long bytes) {
    return new PodResources(QosClass.BURSTABLE, 100, bytes, 0, 0);
  }

  @Test
  void followsWhatIsAllocatable() throws IOException {
    assertThat(cap()).isEqualTo(1000);
    assertThat(Files.readString(cpu.resolve("cpu.shares"))).isEqualTo("4096");
    cgroups.cap(3000, 600 * MIB);
    assertThat(cap()).isEqualTo(600);
    assertThat(Files.readString(cpu.resolve("cpu.shares"))).isEqualTo("3072");
    cgroups.cap(4000, 1000 * MIB);
    assertThat(cap()).isEqualTo(1000);
    assertThat(Files.readString(cpu.resolve("cpu.shares"))).isEqualTo("4096");
  }

  @Test
  void neverGoesBelowWhatPodsUse() throws IOException {
    uses(800 * MIB, 100 * MIB);
    cgroups.cap(4000, 300 * MIB);
    assertThat(cap()).as("what is in use without idle cache, and some room").isEqualTo(732);
    uses(400 * MIB, 0);
    cgroups.cap(4000, 300 * MIB);
    assertThat(cap()).as("and goes down as they give memory back").isEqualTo(432);
    uses(1200 * MIB, 0);
    cgroups.cap(4000, 300 * MIB);
    assertThat(cap()).as("a cap is not raised because it is used up").isEqualTo(432);
  }

  @Test
  void neverGoesBelowWhatPodsWerePromised() throws IOException {
    cgroups.apply("a", asking(500 * MIB));
    cgroups.cap(4000, 300 * MIB);
    assertThat(cap()).isEqualTo(500);
    cgroups.apply("b", asking(200 * MIB));
    assertThat(cap()).isEqualTo(700);
    for (String pod : List.of("a", "b")) {
      for (Path one : List.of(memory, cpu)) {
        DurableFiles.delete(one.resolve("burstable/pod" + pod)); // the kernel's files go by rmdir
      }
      assertThat(cgroups.remove(pod)).isTrue();
    }
    assertThat(cap()).isEqualTo(300);
  }

  @Test
  void nothingLeftIsNoUnlimitedMemory() throws IOException {
    cgroups.cap(0, 0);
    assertThat(cap()).isEqualTo(32);
    assertThat(Files.readString(cpu.resolve("cpu.shares"))).isEqualTo("2");
  }
}
