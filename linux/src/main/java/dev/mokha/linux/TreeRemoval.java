package dev.mokha.linux;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/**
 * Removes a tree that somebody else wrote, a container for example: it may be deeper than a path
 * can be long (PATH_MAX), and than descriptors last. Each directory is reached from the one above
 * it, and one that lies too deep is moved up and removed from there.
 */
final class TreeRemoval {
  private static final int DEPTH = 32;

  private final SecureDirectoryStream<Path> top;
  private final Deque<Path> movedUp = new ArrayDeque<>();

  private TreeRemoval(SecureDirectoryStream<Path> top) {
    this.top = top;
  }

  /** Removes a directory and all in it; nothing happens when it is gone. */
  static void remove(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      if (!(entries instanceof SecureDirectoryStream<Path> secure)) {
        throw new IOException(directory + " can't be removed: its file system has no openat(2)");
      }
      new TreeRemoval(secure).removeAll();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException gone) {
      return;
    }
    Files.deleteIfExists(directory);
  }

  private void removeAll() throws IOException {
    clear(top, 0);
    while (!movedUp.isEmpty()) {
      removeDirectory(top, movedUp.removeFirst(), 0);
    }
  }

  private void clear(SecureDirectoryStream<Path> directory, int depth) throws IOException {
    for (Path entry : directory) {
      Path name = entry.getFileName();
      try {
        if (!isDirectory(directory, name)) {
          directory.deleteFile(name);
        } else if (depth < DEPTH) {
          removeDirectory(directory, name, depth);
        } else {
          Path above = Path.of("removed-" + UUID.randomUUID());
          directory.move(name, top, above);
          movedUp.addLast(above);
        }
      } catch (NoSuchFileException gone) {
        continue;
      }
    }
  }

  private void removeDirectory(SecureDirectoryStream<Path> above, Path name, int depth)
      throws IOException {
    try {
      try (SecureDirectoryStream<Path> directory =
          above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        clear(directory, depth + 1);
      }
      above.deleteDirectory(name);
    } catch (NoSuchFileException gone) {
      return; // it was seen twice, or somebody else removes it too
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    return directory
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }
}
