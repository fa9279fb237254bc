package dev.mokha.store.rocks;

import dev.mokha.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A data directory that this process alone uses, in a format that it knows. */
final class StoreDirectory implements AutoCloseable {
  /** Raise it with every change of what is on disk, and read the one before too. */
  static final int FORMAT = 1;

  private final Path path;
  private final FileChannel lock;

  private StoreDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  static StoreDirectory claim(Path path) {
    FileChannel lock = null;
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      lock = lock(path);
      checkFormat(path);
      return new StoreDirectory(path, lock);
    } catch (IOException | RuntimeException e) {
      closeQuietly(lock);
      if (e instanceof StoreException known) {
        throw known;
      }
      throw new StoreException(
          "the data directory %s can't be used: %s; make it writable or choose another one"
              .formatted(path, e),
          e);
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve("LOCK"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      String pid = read(channel);
      channel.close();
      throw new StoreException(
          "another mokha (pid %s) uses %s; stop it or choose another data directory"
              .formatted(pid.isEmpty() ? "unknown" : pid, path),
          null);
    }
    channel.truncate(0);
    channel.write(StandardCharsets.UTF_8.encode(ProcessHandle.current().pid() + "\n"), 0);
    return channel;
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(32);
    channel.read(text, 0);
    return StandardCharsets.UTF_8.decode(text.flip()).toString().strip();
  }

  private static void checkFormat(Path path) throws IOException {
    Path file = path.resolve("FORMAT");
    if (!Files.exists(file)) {
      if (Files.exists(path.resolve("db"))) {
        throw new StoreException(
            "%s is damaged: it has data but no file FORMAT; restore it from a backup"
                .formatted(path),
            null);
      }
      writeFormat(path, file);
      return;
    }
    String text = Files.readString(file).strip();
    int format;
    try {
      format = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new StoreException(
          "%s is damaged: it holds \"%s\" instead of a format number; restore it from a backup"
              .formatted(file, text),
          e);
    }
    if (format > FORMAT) {
      throw new StoreException(
          "%s was written by a newer mokha (format %d, this one knows %d); start that version or choose another data directory"
              .formatted(path, format, FORMAT),
          null);
    }
  }

  /** Whole or not at all, and on disk before any data is. */
  private static void writeFormat(Path path, Path file) throws IOException {
    Path half = path.resolve("FORMAT.new");
    try (FileChannel out =
        FileChannel.open(
            half,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      out.write(StandardCharsets.UTF_8.encode(FORMAT + "\n"));
      out.force(true);
    }
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  Path path() {
    return path;
  }

  Path database() {
    return path.resolve("db");
  }

  Path nativeLibraries() {
    return path.resolve("native");
  }

  @Override
  public void close() {
    closeQuietly(lock);
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The lock ends with the descriptor, and the kernel closes that whatever it reports.
      }
    }
  }
}
