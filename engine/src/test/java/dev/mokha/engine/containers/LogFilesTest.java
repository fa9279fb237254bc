package dev.mokha.engine.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of logs that grew. */
class LogFilesTest {
  @TempDir private Path directory;

  @Test
  void keepsAsManyFilesAsAskedAndPacksAllButTheNewest() throws IOException, InterruptedException {
    Path log = directory.resolve("0.log");
    for (int i = 0; i < 5; i++) {
      Files.writeString(log, "part " + i);
      int part = i;
      LogFiles.rotate(
          log, () -> assertThat(log).as("moved before part %s", part).doesNotExist(), 3);
      Thread.sleep(2); // names carry milliseconds
    }
    List<Path> older = LogFiles.older(log);
    assertThat(older).hasSize(2);
    assertThat(older.get(0).toString()).endsWith(".gz");
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(older.get(0)))) {
      assertThat(in.readAllBytes()).asString().isEqualTo("part 3");
    }
    assertThat(older.get(1)).hasContent("part 4");
    Files.writeString(log, "part 5");
    LogFiles.delete(log);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aSingleFileIsBegunAnew() throws IOException {
    Path log = directory.resolve("1.log");
    Files.writeString(log, "old");
    LogFiles.rotate(log, () -> {}, 1);
    assertThat(directory).isEmptyDirectory();
  }
}
