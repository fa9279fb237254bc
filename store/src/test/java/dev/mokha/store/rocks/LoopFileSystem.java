package dev.mokha.store.rocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** An ext4 file system in a file, mounted for one test. */
final class LoopFileSystem implements AutoCloseable {
  /** _IOR('X', 125, __u32), linux/fs/ext4/ext4.h. */
  private static final long EXT4_IOC_SHUTDOWN = 0x8004587dL;

  private static final int NO_LOG_FLUSH = 2;

  private final Path image;
  private final Path mountPoint;

  private LoopFileSystem(Path image, Path mountPoint) {
    this.image = image;
    this.mountPoint = mountPoint;
  }

  static LoopFileSystem create(Path directory, int megabytes) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting a file system takes root");
    Path image = directory.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) megabytes << 20);
    }
    run("mkfs.ext4", "-q", "-F", image.toString());
    LoopFileSystem made =
        new LoopFileSystem(image, Files.createDirectory(directory.resolve("mounted")));
    made.mount();
    return made;
  }

  Path path() {
    return mountPoint;
  }

  void mount() throws Exception {
    run("mount", "-o", "loop", image.toString(), mountPoint.toString());
  }

  void unmount() throws Exception {
    run("umount", mountPoint.toString());
  }

  /** What a power cut does: all that was not synced is gone, and nothing works until remounted. */
  void cutOff() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle open =
        linker.downcallHandle(
            linker.defaultLookup().find("open").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    MethodHandle ioctl =
        linker.downcallHandle(
            linker.defaultLookup().find("ioctl").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));
    MethodHandle close =
        linker.downcallHandle(
            linker.defaultLookup().find("close").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) open.invokeExact(arena.allocateFrom(mountPoint.toString()), 0);
      assertThat(descriptor).isNotNegative();
      MemorySegment flags = arena.allocateFrom(ValueLayout.JAVA_INT, NO_LOG_FLUSH);
      int result = (int) ioctl.invokeExact(descriptor, EXT4_IOC_SHUTDOWN, flags);
      int closed = (int) close.invokeExact(descriptor);
      assertThat(closed).isZero();
      assumeTrue(result == 0, "this kernel does not shut ext4 down on demand");
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assertThat(code).as(String.join(" ", command) + ": " + output).isZero();
  }

  @Override
  public void close() throws Exception {
    new ProcessBuilder("umount", mountPoint.toString()).start().waitFor();
  }
}
