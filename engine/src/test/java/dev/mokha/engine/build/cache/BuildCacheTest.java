package dev.mokha.engine.build.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildCacheTest {
  private static final String ONE = "1".repeat(64);
  private static final String TWO = "2".repeat(64);

  @TempDir Path directory;

  private static StepRecord record(String key) {
    return new StepRecord(key, "", "RUN x", "{}", List.of("sha256:" + key), 7);
  }

  private List<String> known(String boot) throws IOException {
    return new BuildCache(directory, boot).list().stream().map(StepRecord::key).toList();
  }

  @Test
  void aKilledDaemonsRecordsAreTakenUpAndAPowerCutsAreNot() throws Exception {
    new BuildCache(directory, "boot-1").put(record(ONE));
    assertThat(known("boot-1")).containsExactly(ONE);
    assertThat(known("boot-2")).isEmpty();
    assertThat(directory.resolve("steps").resolve(ONE)).doesNotExist();
  }

  @Test
  void whatIsOnTheDiskStays() throws Exception {
    BuildCache cache = new BuildCache(directory, "boot-1");
    cache.put(record(ONE));
    List<String> before = cache.unsettled();
    cache.put(record(TWO)); // while the layers of the first are synced
    cache.settled(before);
    cache.take(TWO);
    cache.flush();
    assertThat(cache.unsettled()).containsExactly(TWO);
    assertThat(known("boot-2")).containsExactly(ONE);
  }

  @Test
  void aRecordOfAnEarlierVersionCounts() throws Exception {
    BuildCache cache = new BuildCache(directory, "boot-1");
    cache.put(record(ONE));
    Path file = directory.resolve("steps").resolve(ONE);
    String text = Files.readString(file);
    assertThat(text).contains(",\"boot\":\"boot-1\"");
    Files.write(file, text.replace(",\"boot\":\"boot-1\"", "").getBytes(StandardCharsets.UTF_8));
    assertThat(known("boot-2")).containsExactly(ONE);
  }

  @Test
  void whatCannotBeReadIsDropped() throws Exception {
    BuildCache cache = new BuildCache(directory, "boot-1");
    cache.put(record(ONE));
    cache.put(record(TWO));
    Files.writeString(directory.resolve("steps").resolve(ONE), "{");
    Files.write(directory.resolve("steps").resolve(TWO), new byte[500]);
    assertThat(known("boot-1")).isEmpty();
  }
}
