package dev.mokha.docker.containers;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Reads a container's log: the files that were rotated away first, then the current one, to which
 * more may come; when that is rotated away meanwhile, the next. Its lines are CRI's: time, stream,
 * {@code F} or {@code P} for a line that goes on, content.
 */
final class ContainerLog implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int LONGEST = 1 << 20;

  private final Path path;
  private final Deque<Path> older = new ArrayDeque<>();
  private InputStream old;
  private FileChannel current;
  private Object key;
  private byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;

  /**
   * One piece of output.
   *
   * @param stamp its time as it is written
   * @param stream 1 for output, 2 for errors
   * @param content with the end of the line, if the line ends here
   */
  record Entry(String stamp, int stream, byte[] content) {
    Instant time() {
      try {
        return OffsetDateTime.parse(stamp).toInstant();
      } catch (DateTimeException e) {
        return Instant.EPOCH;
      }
    }

    boolean whole() {
      return content.length > 0 && content[content.length - 1] == '\n';
    }
  }

  /** From the oldest line. */
  ContainerLog(Path path) throws IOException {
    this(path, -1);
  }

  /**
   * From one of the last lines.
   *
   * @param tail how many lines; -1 for all
   */
  ContainerLog(Path path, int tail) throws IOException {
    this.path = path;
    if (tail >= 0) {
      openCurrent();
      if (current != null && seek(tail)) {
        return;
      }
      close();
      from = 0;
      to = 0;
    }
    older.addAll(rotated(path));
    if (tail >= 0) {
      skipTo(tail);
    }
  }

  /** The older files, the oldest first. */
  private static List<Path> rotated(Path path) throws IOException {
    List<Path> files = new ArrayList<>();
    String prefix = path.getFileName() + ".";
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(
            path.getParent(), file -> file.getFileName().toString().startsWith(prefix))) {
      stream.forEach(files::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    files.sort(null);
    return files;
  }

  /** Looks for the beginning of the last lines from the end of the current file. */
  private boolean seek(int lines) throws IOException {
    long size = current.size();
    if (lines == 0) {
      current.position(size);
      return true;
    }
    long position = size;
    int found = 0;
    byte[] block = new byte[BUFFER];
    while (position > 0) {
      int n = (int) Math.min(BUFFER, position);
      position -= n;
      ByteBuffer into = ByteBuffer.wrap(block, 0, n);
      while (into.hasRemaining() && current.read(into, position + into.position()) > 0) {
        // Until the block is full.
      }
      for (int i = n - 1; i >= 0; i--) {
        long at = position + i;
        if (block[i] == '\n' && at != size - 1 && ++found == lines) {
          current.position(at + 1);
          return true;
        }
      }
    }
    return false;
  }

  /** Reads all once to count, for lines that reach back into older files. */
  private void skipTo(int lines) throws IOException {
    long total = 0;
    try (ContainerLog all = new ContainerLog(path)) {
      while (all.next() != null) {
        total++;
      }
    }
    for (long skip = total - lines; skip > 0 && next() != null; skip--) {
      // Not wanted.
    }
  }

  private void openCurrent() throws IOException {
    try {
      current = FileChannel.open(path, StandardOpenOption.READ);
      key = key(path);
    } catch (NoSuchFileException e) {
      current = null;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** The next piece; null when there is none yet. */
  Entry next() throws IOException {
    while (true) {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          Entry entry = parse(buffer, from, i);
          from = i + 1;
          if (entry != null) {
            return entry;
          }
        }
      }
      if (!fill()) {
        return null;
      }
    }
  }

  private boolean fill() throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    if (to == buffer.length) {
      if (buffer.length >= LONGEST) {
        to = 0; // no line of conmon's is so long: the file is damaged here
      } else {
        buffer = java.util.Arrays.copyOf(buffer, 2 * buffer.length);
      }
    }
    while (true) {
      if (old == null && current == null) {
        if (older.isEmpty()) {
          openCurrent();
          if (current == null) {
            return false;
          }
        } else {
          openOld(older.removeFirst());
        }
        continue;
      }
      int n =
          old != null
              ? old.read(buffer, to, buffer.length - to)
              : current.read(ByteBuffer.wrap(buffer, to, buffer.length - to));
      if (n > 0) {
        to += n;
        return true;
      }
      if (old != null) {
        old.close();
        old = null;
        continue;
      }
      if (!rotatedAway()) {
        return false;
      }
      current.close();
      current = null;
    }
  }

  private void openOld(Path file) throws IOException {
    try {
      InputStream in = Files.newInputStream(file);
      old =
          file.toString().endsWith(".gz")
              ? new GZIPInputStream(in, BUFFER)
              : new BufferedInputStream(in, BUFFER);
    } catch (NoSuchFileException e) {
      // It was compressed or thinned out meanwhile.
      Path packed = file.resolveSibling(file.getFileName() + ".gz");
      if (!file.toString().endsWith(".gz") && Files.exists(packed)) {
        old = new GZIPInputStream(Files.newInputStream(packed), BUFFER);
      }
    }
  }

  private boolean rotatedAway() throws IOException {
    try {
      return !key(path).equals(key) && current.position() >= current.size();
    } catch (NoSuchFileException e) {
      return false; // the new one is not there yet
    }
  }

  private static Entry parse(byte[] line, int begin, int end) {
    int first = space(line, begin, end);
    int second = first < 0 ? -1 : space(line, first + 1, end);
    int third = second < 0 ? -1 : space(line, second + 1, end);
    if (third < 0) {
      return null;
    }
    boolean partial = line[second + 1] == 'P';
    int length = end - third - 1;
    byte[] content = new byte[partial ? length : length + 1];
    System.arraycopy(line, third + 1, content, 0, length);
    if (!partial) {
      content[length] = '\n';
    }
    String stamp = new String(line, begin, first - begin, StandardCharsets.US_ASCII);
    boolean errors = second - first - 1 == 6 && line[first + 4] == 'e';
    return new Entry(stamp, errors ? 2 : 1, content);
  }

  private static int space(byte[] line, int begin, int end) {
    for (int i = begin; i < end; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    if (old != null) {
      old.close();
      old = null;
    }
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
