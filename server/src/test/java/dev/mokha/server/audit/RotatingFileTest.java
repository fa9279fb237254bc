package dev.mokha.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {
  private static final Instant NOW = Instant.parse("2026-11-22T16:35:23.123Z");

  @TempDir private Path directory;

  private RotatingFile open(long bytes, Duration age, int files) throws IOException {
    return new RotatingFile(
        directory.resolve("audit.log"), new Rotation(bytes, age, files), () -> NOW);
  }

  private static ByteBuffer line(String text) {
    return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFileThatHasGrownIsPutAside() throws Exception {
    try (RotatingFile file = open(10, Duration.ZERO, 0)) {
      file.append(line("first"));
      file.append(line("second"));
      file.append(line("third line is longer than a file"));
    }
    assertThat(names())
        .containsExactly(
            "audit-2026-11-22T16-35-23.123.log", "audit-2026-11-22T16-35-23.124.log", "audit.log");
    assertThat(directory.resolve("audit-2026-11-22T16-35-23.123.log")).hasContent("first\n");
    assertThat(directory.resolve("audit.log")).hasContent("third line is longer than a file\n");
  }

  @Test
  void anExistingFileIsContinued() throws Exception {
    try (RotatingFile file = open(100, Duration.ZERO, 0)) {
      file.append(line("before"));
    }
    try (RotatingFile file = open(100, Duration.ZERO, 0)) {
      file.append(line("after"));
    }
    assertThat(directory.resolve("audit.log")).hasContent("before\nafter\n");
  }

  @Test
  void onlySoManyOldFilesStay() throws Exception {
    try (RotatingFile file = open(1, Duration.ZERO, 2)) {
      for (int i = 0; i < 6; i++) {
        file.append(line("line " + i));
      }
    }
    assertThat(names()).hasSize(3);
    assertThat(directory.resolve("audit.log")).hasContent("line 5\n");
  }

  @Test
  void oldFilesAreDeletedAndOthersLeftAlone() throws Exception {
    Path old = Files.writeString(directory.resolve("audit-2026-01-01T00-00-00.000.log"), "old");
    Path foreign = Files.writeString(directory.resolve("audit-notes.log"), "keep");
    for (Path p : List.of(old, foreign)) {
      Files.setLastModifiedTime(p, FileTime.from(NOW.minus(Duration.ofDays(40))));
    }
    open(100, Duration.ofDays(30), 0).close();
    assertThat(names()).containsExactly("audit-notes.log", "audit.log");
  }

  @Test
  void onlyTheOwnerMayRead() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "needs a file system with POSIX permissions");
    open(100, Duration.ZERO, 0).close();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("audit.log"))))
        .isEqualTo("rw-------");
  }
}
