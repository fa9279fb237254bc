package dev.mokha.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are either as they were or as they should be, whenever the power goes. */
public final class DurableFiles {
  private DurableFiles() {}

  /** Replaces a file's content, and returns when it is on the disk. */
  public static void replace(Path file, byte[] content) throws IOException {
    replace(file, content, true);
  }

  /**
   * Replaces a file's content in one step.
   *
   * @param sync whether to wait for the disk
   */
  public static void replace(Path file, byte[] content, boolean sync) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (sync) {
        channel.force(true);
      }
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (sync) {
      syncDirectory(file.getParent());
    }
  }

  /** Waits until a directory's entries are on the disk. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Removes a file or a whole directory, following no link, however deep; nothing happens when it
   * is gone.
   */
  public static void delete(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    TreeRemoval.remove(path);
  }
}
