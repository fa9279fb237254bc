package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Speaks to conmon through its FIFO: lines of a kind and two numbers. */
final class ConmonControl {
  private static final int RESIZE = 1;
  private static final int REOPEN_LOG = 2;

  private ConmonControl() {}

  static void resize(Path bundle, int columns, int rows) {
    send(bundle, RESIZE, rows, columns);
  }

  static void reopenLog(Path bundle) {
    send(bundle, REOPEN_LOG, 0, 0);
  }

  private static void send(Path bundle, int kind, int first, int second) {
    Path fifo = bundle.resolve("ctl");
    if (!Files.exists(fifo)) {
      return;
    }
    // Opened for both, a FIFO opens at once whether conmon reads it or not.
    try (FileChannel channel =
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.write(
          ByteBuffer.wrap(
              (kind + " " + first + " " + second + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "conmon does not listen: " + e.getMessage(), e);
    }
  }
}
