package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyDescriptorsTest {
  @TempDir private Path directory;
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  private String next() throws InterruptedException {
    return told.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void tellsWhatIsWatchedAndNoMore() throws Exception {
    try (ReadyDescriptors ready = new ReadyDescriptors("test");
        EventCounter first = new EventCounter();
        EventCounter second = new EventCounter()) {
      ReadyDescriptors.Watch watch =
          ready.watch(first.descriptor(), () -> told.add("first " + first.take()));
      ready.watch(second.descriptor(), () -> told.add("second " + second.take()));
      first.add(3);
      assertThat(next()).isEqualTo("first 3");
      second.add(1);
      assertThat(next()).isEqualTo("second 1");
      watch.close();
      first.add(5);
      second.add(2);
      assertThat(next()).isEqualTo("second 2");
      assertThat(told).isEmpty();
      assertThat(first.take()).isEqualTo(5);
      assertThat(first.take()).isZero();
    }
  }

  @Test
  void tellsOfFilesThatAreModified() throws Exception {
    Path one = Files.writeString(directory.resolve("one"), "0");
    Path two = Files.writeString(directory.resolve("two"), "0");
    try (ReadyDescriptors ready = new ReadyDescriptors("test");
        FileChanges changes = new FileChanges(ready)) {
      FileChanges.Watched watched = changes.watch(one, () -> told.add("one"));
      changes.watch(two, () -> told.add("two"));
      Files.writeString(one, "1", java.nio.file.StandardOpenOption.WRITE);
      assertThat(next()).isEqualTo("one");
      watched.close();
      Files.writeString(one, "2", java.nio.file.StandardOpenOption.WRITE);
      Files.writeString(two, "2", java.nio.file.StandardOpenOption.WRITE);
      assertThat(next()).isEqualTo("two");
      // A file that is gone takes its watch along, and its number does no harm later.
      Files.delete(two);
      changes.watch(one, () -> told.add("one again"));
      Files.writeString(one, "3", java.nio.file.StandardOpenOption.WRITE);
      assertThat(next()).isEqualTo("one again");
      assertThat(told).isEmpty();
    }
  }
}
