package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainerRecordsTest {
  private static final String ID = "c".repeat(64);

  @TempDir Path root;

  private ContainerRecords records;

  @BeforeEach
  void open() {
    records = new ContainerRecords(root);
  }

  private static ContainerRecord record(String name) {
    return new ContainerRecord(
        ContainerRecord.FORMAT,
        ID,
        name,
        "default",
        "me",
        Instant.EPOCH,
        "sha256:0",
        Json.object(),
        Json.object(),
        Json.object(),
        List.of());
  }

  @Test
  void aChangeDoesNotBringARemovedRecordBack() throws IOException {
    records.create(record("a"), false);
    records.write(record("b"), false);
    assertThat(records.read(id -> true)).extracting(ContainerRecord::name).containsExactly("b");

    records.remove(ID);

    assertThatThrownBy(() -> records.write(record("c"), false))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("can't be written");
    assertThat(root).isEmptyDirectory();
    records.remove(ID);
  }

  @Test
  void isRemovedWhileOthersWrite() throws Exception {
    for (int i = 0; i < 50; i++) {
      records.create(record("a"), false);
      Path execs = Files.createDirectory(records.directory(ID).resolve("execs"));
      CountDownLatch writing = new CountDownLatch(1);
      Thread writer = Thread.ofPlatform().start(() -> writeUntilGone(execs, writing));
      writing.await();
      records.remove(ID);
      writer.join();
      assertThat(root).isEmptyDirectory();
    }
  }

  private void writeUntilGone(Path execs, CountDownLatch writing) {
    try {
      for (int n = 0; n < 1_000_000; n++) {
        Files.writeString(execs.resolve("exec-" + n), "{}");
        records.write(record("b" + n), false);
        writing.countDown();
      }
    } catch (IOException | EngineException gone) {
      writing.countDown(); // it has been removed
    }
  }

  @Test
  void whatAKillLeftHalfRemovedGoesAtTheNextStart() throws IOException {
    records.create(record("a"), false);
    Files.createDirectories(root.resolve("removed-" + ID).resolve("execs"));
    assertThat(records.read(ID::equals)).hasSize(1);
    assertThat(root).isDirectoryNotContaining(path -> path.toString().contains("removed-"));
  }
}
