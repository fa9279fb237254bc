package dev.mokha.docker.logging;

import dev.mokha.engine.containers.LogFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;

/**
 * Reads a container's log (the CRI's format, as conmon writes it) from a position on, through files
 * that were moved aside and compressed meanwhile, and puts pieces of lines together. For one
 * thread.
 */
final class LogTail implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path log;
  private final Stream output = new Stream();
  private final Stream errors = new Stream();
  private FileChannel plain;
  private InputStream packed;
  private long inode;
  private byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;

  /** Offset in the file of {@code buffer[from]}. */
  private long offset;

  private Instant last;

  /** Lines from before were sent; not those of the same instant, of which some may not be. */
  private Instant skip = Instant.EPOCH;

  /** What a stream has of a line that is not whole. */
  private static final class Stream {
    private final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    private Instant time;
    private long offset = -1;
    private String partialId = "";
    private int ordinal;
  }

  /** A file of the log, by its number and name. */
  private record Part(Path path, long inode) {}

  LogTail(Path log, LogPosition position) throws IOException {
    this.log = log;
    this.last = position.time();
    for (Part part : parts()) {
      if (part.inode == position.inode() && !isPacked(part.path) && open(part)) {
        offset = Math.min(position.offset(), plain.size());
        plain.position(offset);
        return;
      }
    }
    skip = position.time();
  }

  private static boolean isPacked(Path path) {
    return path.toString().endsWith(".gz");
  }

  /** All files there are, the oldest first. */
  private List<Part> parts() throws IOException {
    List<Part> parts = new ArrayList<>();
    List<Path> paths = new ArrayList<>(LogFiles.older(log));
    paths.add(log);
    for (Path path : paths) {
      try {
        parts.add(new Part(path, number(path)));
      } catch (NoSuchFileException e) {
        // It was moved or removed meanwhile.
      }
    }
    return parts;
  }

  private static long number(Path path) throws IOException {
    return ((Number) Files.getAttribute(path, "unix:ino")).longValue();
  }

  /** False when it is another file by now. */
  private boolean open(Part part) throws IOException {
    try {
      if (isPacked(part.path)) {
        packed = new GZIPInputStream(Files.newInputStream(part.path), BUFFER);
        inode = part.inode;
      } else {
        plain = FileChannel.open(part.path, StandardOpenOption.READ);
        inode = part.inode;
        if (number(part.path) != part.inode) {
          close();
          return false;
        }
      }
    } catch (NoSuchFileException e) {
      close();
      return false;
    }
    from = 0;
    to = 0;
    offset = 0;
    return true;
  }

  /** The next line; null when there is none yet. */
  LogLine next() throws IOException {
    while (true) {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          int begin = from;
          long at = offset;
          offset += i + 1 - from;
          from = i + 1;
          LogLine line = line(begin, i, at);
          if (line != null) {
            return line;
          }
        }
      }
      if (!fill()) {
        return null;
      }
    }
  }

  /** Where to go on when all lines that {@link #next} gave were sent. */
  LogPosition position() {
    long at = offset;
    for (Stream stream : List.of(output, errors)) {
      if (stream.offset >= 0) {
        at = Math.min(at, stream.offset);
      }
    }
    return LogPosition.of(packed == null ? inode : 0, at, last);
  }

  /** How much is waiting, in bytes of the files. */
  long backlog() throws IOException {
    long waiting = plain == null ? 0 : Math.max(0, plain.size() - offset);
    boolean after = plain == null && packed == null;
    for (Part part : parts()) {
      if (after) {
        try {
          waiting += Files.size(part.path);
        } catch (NoSuchFileException e) {
          continue;
        }
      }
      after |= part.inode == inode;
    }
    return waiting;
  }

  private boolean fill() throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    if (to == buffer.length) {
      buffer = java.util.Arrays.copyOf(buffer, 2 * buffer.length);
    }
    while (true) {
      int n = read();
      if (n > 0) {
        to += n;
        return true;
      }
      if (!advance()) {
        return false;
      }
    }
  }

  private int read() throws IOException {
    if (packed != null) {
      return packed.read(buffer, to, buffer.length - to);
    }
    return plain == null ? -1 : plain.read(ByteBuffer.wrap(buffer, to, buffer.length - to));
  }

  /** Goes to the next file; false when this is the last one. */
  private boolean advance() throws IOException {
    List<Part> parts = parts();
    if (parts.isEmpty()) {
      return false;
    }
    if (packed == null && plain == null) {
      return open(parts.getFirst());
    }
    int mine = -1;
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).inode == inode) {
        mine = i;
      }
    }
    boolean current = mine >= 0 && parts.get(mine).path.equals(log);
    // While it is moved aside and no new one is there, more may still come to it.
    if (current || (plain != null && !parts.getLast().path.equals(log))) {
      return false;
    }
    if (plain != null && plain.position() < plain.size()) {
      return true; // what was written before it was moved aside
    }
    close();
    if (mine < 0) {
      // It was compressed or removed: what was read of it is known by its time.
      skip = last;
      return open(parts.getFirst());
    }
    return open(parts.get(mine + 1));
  }

  private LogLine line(int begin, int end, long at) {
    int first = space(begin, end);
    int second = first < 0 ? -1 : space(first + 1, end);
    int third = second < 0 ? -1 : space(second + 1, end);
    if (third < 0) {
      return null; // damaged
    }
    Instant time;
    try {
      time =
          OffsetDateTime.parse(new String(buffer, begin, first - begin, StandardCharsets.US_ASCII))
              .toInstant();
    } catch (DateTimeException e) {
      return null;
    }
    if (time.isBefore(skip)) {
      return null;
    }
    boolean error = second - first - 1 == 6 && buffer[first + 4] == 'e';
    boolean whole = buffer[second + 1] != 'P';
    Stream stream = error ? errors : output;
    if (stream.offset < 0) {
      stream.offset = at;
      stream.time = time;
    }
    stream.pieces.write(buffer, third + 1, end - third - 1);
    last = time;
    if (!whole && stream.pieces.size() < LogLine.LONGEST) {
      return null;
    }
    return taken(stream, error, whole);
  }

  private static LogLine taken(Stream stream, boolean error, boolean whole) {
    if (!whole && stream.partialId.isEmpty()) {
      stream.partialId = UUID.randomUUID().toString().replace("-", "");
      stream.ordinal = 0;
    }
    Optional<LogLine.Partial> partial =
        stream.partialId.isEmpty()
            ? Optional.empty()
            : Optional.of(new LogLine.Partial(stream.partialId, ++stream.ordinal, whole));
    LogLine line = new LogLine(stream.time, error, stream.pieces.toByteArray(), partial);
    stream.pieces.reset();
    stream.offset = -1;
    if (whole) {
      stream.partialId = "";
    }
    return line;
  }

  private int space(int begin, int end) {
    for (int i = begin; i < end; i++) {
      if (buffer[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    try {
      if (plain != null) {
        plain.close();
      }
      if (packed != null) {
        packed.close();
      }
    } finally {
      plain = null;
      packed = null;
    }
  }
}
