package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OffCarrierTest {
  @TempDir private Path directory;

  @Test
  void virtualThreadsRunWhileMoreFifosAreReadThanThereAreProcessors() throws Exception {
    Path path = directory.resolve("fifo");
    Nodes.fifo(path, 0600);
    try (RandomAccessFile fifo = new RandomAccessFile(path.toFile(), "rw")) {
      List<CompletableFuture<Integer>> readers = new ArrayList<>();
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
        CompletableFuture<Integer> read = new CompletableFuture<>();
        readers.add(read);
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (FileInputStream in = new FileInputStream(path.toFile())) {
                    read.complete(
                        OffCarrier.call(
                            "reader",
                            () -> {
                              begun.complete(null);
                              return in.read();
                            }));
                  } catch (IOException e) {
                    read.completeExceptionally(e);
                  }
                });
        begun.get(30, TimeUnit.SECONDS);
      }
      CompletableFuture<Void> ran = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> ran.complete(null));
      ran.get(30, TimeUnit.SECONDS);
      fifo.write(new byte[readers.size()]);
      for (CompletableFuture<Integer> read : readers) {
        assertThat(read.get(30, TimeUnit.SECONDS)).isZero();
      }
    }
  }

  @Test
  void whatGoesWrongIsThrown() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                OffCarrier.call(
                    "fails",
                    () -> {
                      throw new IOException("as it must");
                    });
              } catch (IOException e) {
                thrown.complete(e);
              }
            });
    assertThat(thrown.get(30, TimeUnit.SECONDS))
        .isInstanceOf(IOException.class)
        .hasMessage("as it must");
    assertThatThrownBy(
            () ->
                OffCarrier.call(
                    "fails",
                    () -> {
                      throw new IOException("here too");
                    }))
        .hasMessage("here too");
  }
}
