package dev.mokha.node.lifecycle;

import dev.mokha.engine.containers.Container;
import dev.mokha.node.logs.LogLine;
import dev.mokha.node.logs.LogTail;
import dev.mokha.node.pod.PodContainer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What an ended container says of its end: its file, else for some the end of its log. */
final class TerminationMessages {
  private static final int MOST_BYTES = 4096;
  private static final int MOST_LOG_BYTES = 2048;
  private static final int MOST_LOG_LINES = 80;

  private TerminationMessages() {}

  static String read(Path file, PodContainer container, Container.State state, Path log) {
    String message = "";
    try (InputStream in = Files.newInputStream(file)) {
      message = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      // Removed by the container, or never made: it has nothing to say.
    }
    boolean fallBack =
        message.isEmpty()
            && state.exitCode() != 0
            && "FallbackToLogsOnError".equals(container.spec().getTerminationMessagePolicy());
    if (fallBack) {
      message = logEnd(log);
    }
    return message.isEmpty() ? state.message() : message;
  }

  private static String logEnd(Path log) {
    try {
      List<LogLine> lines = LogTail.last(log, MOST_LOG_LINES);
      StringBuilder text = new StringBuilder();
      for (LogLine line : lines) {
        text.append(new String(line.content(), StandardCharsets.UTF_8));
        text.append(line.partial() ? "" : "\n");
      }
      int from = Math.max(0, text.length() - MOST_LOG_BYTES);
      return text.substring(from);
    } catch (IOException e) {
      return "";
    }
  }
}
