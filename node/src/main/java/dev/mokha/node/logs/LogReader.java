package dev.mokha.node.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Reads the log of one run and writes what was asked for. Rotated files ({@code 0.log.*} beside
 * {@code 0.log}) are read first, and while following a rotation is noticed: what is left in the
 * renamed file is read before the new one. The kernel tells of new lines; nothing polls faster than
 * a second.
 */
public final class LogReader {
  private static final int BLOCK = 64 * 1024;

  private final Path file;
  private final LogQuery query;
  private final OutputStream out;
  private final BooleanSupplier running;
  private long written;
  private boolean midLine;
  private byte[] rest = new byte[0];

  /**
   * A reader of one run's log.
   *
   * @param running whether the container may still write
   */
  public LogReader(Path file, LogQuery query, OutputStream out, BooleanSupplier running) {
    this.file = file;
    this.query = query;
    this.out = out;
    this.running = running;
  }

  /**
   * Writes the log until its end, or while following until the container has ended.
   *
   * @throws IOException when the log can't be read or its reader is gone
   * @throws InterruptedException when nobody wants it any more
   */
  public void run() throws IOException, InterruptedException {
    try (WatchService watch = query.follow() ? file.getFileSystem().newWatchService() : null) {
      if (watch != null) {
        file.getParent()
            .register(
                watch, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
      }
      FileChannel last = readKept();
      if (watch != null && !done()) {
        follow(watch, last);
      } else if (last != null) {
        last.close();
      }
    } catch (ClosedWatchServiceException e) {
      throw new IOException(e);
    }
  }

  /** Reads what is there; the newest file stays open. */
  private FileChannel readKept() throws IOException {
    List<Path> files = files();
    int first = 0;
    long offset = 0;
    if (query.tailLines().isPresent()) {
      // From the newest file backwards, until enough lines are found.
      long wanted = query.tailLines().getAsLong();
      first = files.size();
      while (first > 0) {
        first--;
        LogTail.Start start = LogTail.start(files.get(first), wanted);
        offset = start.offset();
        wanted -= start.lines();
        if (wanted <= 0) {
          break;
        }
      }
    }
    FileChannel last = null;
    for (int i = first; i < files.size() && !done(); i++) {
      if (last != null) {
        last.close();
      }
      last = FileChannel.open(files.get(i), StandardOpenOption.READ);
      last.position(i == first ? offset : 0);
      drain(last);
    }
    return last;
  }

  /** The run's files, oldest first. */
  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    String name = file.getFileName().toString();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(file.getParent(), name + ".*")) {
      for (Path entry : entries) {
        if (!entry.toString().endsWith(".gz") && !entry.toString().endsWith(".tmp")) {
          files.add(entry);
        }
      }
    } catch (NoSuchFileException e) {
      return files;
    }
    files.sort(Comparator.comparingLong(LogReader::modified));
    if (Files.exists(file)) {
      files.add(file);
    }
    return files;
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  private void follow(WatchService watch, FileChannel opened)
      throws IOException, InterruptedException {
    FileChannel channel = opened;
    try {
      while (!done()) {
        // Asked before reading: what is written before the end is then read for certain.
        boolean more = running.getAsBoolean();
        channel = rotate(channel);
        if (channel != null) {
          drain(channel);
        }
        out.flush();
        if (!more) {
          return;
        }
        WatchKey key = watch.poll(1, TimeUnit.SECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
      }
    } finally {
      if (channel != null) {
        channel.close();
      }
    }
  }

  // The file of that name is another one now: the old one is read to its end first.
  private FileChannel rotate(FileChannel channel) throws IOException {
    if (channel == null) {
      return Files.exists(file) ? FileChannel.open(file, StandardOpenOption.READ) : null;
    }
    boolean shrunk = Files.exists(file) && Files.size(file) < channel.position();
    if (!shrunk) {
      return channel;
    }
    drain(channel);
    channel.close();
    rest = new byte[0];
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  private void drain(FileChannel channel) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    while (!done() && channel.read(block.clear()) > 0) {
      byte[] bytes = join(rest, block);
      int from = 0;
      for (int i = 0; i < bytes.length && !done(); i++) {
        if (bytes[i] == '\n') {
          Optional<LogLine> line = LogLine.parse(bytes, from, i);
          if (line.isPresent()) {
            write(line.get());
          }
          from = i + 1;
        }
      }
      rest = Arrays.copyOfRange(bytes, from, bytes.length);
    }
  }

  private static byte[] join(byte[] before, ByteBuffer block) {
    block.flip();
    byte[] all = new byte[before.length + block.remaining()];
    System.arraycopy(before, 0, all, 0, before.length);
    block.get(all, before.length, block.remaining());
    return all;
  }

  private void write(LogLine line) throws IOException {
    if (!query.stream().isEmpty() && !query.stream().equals(line.stream())) {
      return;
    }
    if (query.since().isPresent() && line.isBefore(query.since().get())) {
      return;
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream(line.content().length + 40);
    if (query.timestamps() && !midLine) {
      // conmon writes UTC as an offset; clients know it as Z.
      String time = line.timestamp().replace("+00:00", "Z");
      text.writeBytes((time + " ").getBytes(StandardCharsets.US_ASCII));
    }
    text.writeBytes(line.content());
    if (!line.partial()) {
      text.write('\n');
    }
    midLine = line.partial();
    int length = text.size();
    if (query.limitBytes().isPresent()) {
      length = (int) Math.min(length, query.limitBytes().getAsLong() - written);
    }
    out.write(text.toByteArray(), 0, length);
    written += length;
  }

  private boolean done() {
    return query.limitBytes().isPresent() && written >= query.limitBytes().getAsLong();
  }
}
