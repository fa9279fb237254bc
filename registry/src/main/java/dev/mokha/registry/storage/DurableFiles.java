package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;

/** Writes files that are there whole or not at all, whenever the power goes. */
final class DurableFiles {
  private final Path temporary;
  private final AtomicLong serial = new AtomicLong();

  /**
   * Writes by way of a directory on the same file system.
   *
   * @param temporary is emptied: what is in it was never finished
   */
  DurableFiles(Path temporary) throws IOException {
    this.temporary = requireNonNull(temporary, "temporary");
    deleteTree(temporary);
    Files.createDirectories(temporary);
  }

  /** Replaces a file; it is on the disk when this returns. */
  void replace(Path file, byte[] content) throws IOException {
    Path half = fresh();
    try {
      try (FileChannel channel =
          FileChannel.open(half, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      rename(half, file);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /** A name no other file has. */
  Path fresh() {
    return temporary.resolve(Long.toString(serial.incrementAndGet(), 36));
  }

  /** Gives a synced file its name, durably. */
  void rename(Path from, Path to) throws IOException {
    directories(to.getParent());
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(to.getParent());
  }

  /** Makes an empty file, durably. */
  void mark(Path file) throws IOException {
    directories(file.getParent());
    Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    sync(file.getParent());
  }

  /** Removes a file, durably; says whether it was there. */
  boolean remove(Path file) throws IOException {
    try {
      Files.delete(file);
    } catch (NoSuchFileException e) {
      return false;
    }
    sync(file.getParent());
    return true;
  }

  /** Makes directories, and has each new one in its parent on the disk. */
  void directories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path d = directory; d != null && !Files.isDirectory(d); d = d.getParent()) {
      missing.push(d);
    }
    for (Path d : missing) {
      Files.createDirectories(d);
      sync(d.getParent());
    }
  }

  /** Waits until a directory's entries are on the disk. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a directory with all that is in it, if it is there. */
  static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path d, IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(d);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Removes a directory if nothing is in it. */
  static void deleteIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // Somebody uses it.
    }
  }
}
