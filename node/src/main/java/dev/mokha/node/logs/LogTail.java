package dev.mokha.node.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The end of a log, found from its end. */
public final class LogTail {
  private static final int BLOCK = 64 * 1024;

  private LogTail() {}

  /**
   * Where the last lines of a file begin.
   *
   * @param lines how many; partial records of one line count once
   * @return the offset, and how many lines there are from it
   */
  static Start start(Path file, long lines) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      long found = 0;
      if (lines == 0) {
        return new Start(size, 0);
      }
      long end = size;
      byte[] later = new byte[0];
      // Walk backwards record by record; a record whose predecessor is partial belongs to it.
      while (end > 0) {
        long begin = Math.max(0, end - BLOCK);
        ByteBuffer block = ByteBuffer.allocate((int) (end - begin) + later.length);
        channel.read(block.limit((int) (end - begin)), begin);
        block.limit(block.capacity()).position((int) (end - begin));
        block.put(later);
        byte[] bytes = block.array();
        int recordEnd = bytes.length;
        for (int i = bytes.length - 2; i >= 0; i--) {
          if (bytes[i] == '\n') {
            if (endsLine(bytes, i + 1, recordEnd)) {
              if (found == lines) {
                return new Start(begin + recordEnd, found);
              }
              found++;
            }
            recordEnd = i + 1;
          }
        }
        later = new byte[recordEnd];
        System.arraycopy(bytes, 0, later, 0, recordEnd);
        end = begin;
        if (begin == 0) {
          if (recordEnd > 0 && endsLine(bytes, 0, recordEnd)) {
            if (found == lines) {
              return new Start(recordEnd, found);
            }
            found++;
          }
          return new Start(0, found);
        }
      }
      return new Start(0, found);
    }
  }

  record Start(long offset, long lines) {}

  private static boolean endsLine(byte[] bytes, int from, int to) {
    int end = to > from && bytes[to - 1] == '\n' ? to - 1 : to;
    return LogLine.parse(bytes, from, end).map(l -> !l.partial()).orElse(true);
  }

  /** The last lines of a log's newest file. */
  public static List<LogLine> last(Path file, int lines) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    Start start = start(file, lines);
    List<LogLine> result = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.position(start.offset());
      ByteBuffer rest = ByteBuffer.allocate((int) (channel.size() - start.offset()));
      while (rest.hasRemaining() && channel.read(rest) >= 0) {
        // until all is read
      }
      byte[] bytes = rest.array();
      int from = 0;
      for (int i = 0; i < rest.position(); i++) {
        if (bytes[i] == '\n') {
          LogLine.parse(bytes, from, i).ifPresent(result::add);
          from = i + 1;
        }
      }
    }
    return result;
  }
}
