package dev.mokha.engine.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * A container's log and the older ones beside it, called {@code LOG.YYYYMMDD-HHMMSS.mmm}; all but
 * the newest of those are compressed, with {@code .gz} at the end.
 */
public final class LogFiles {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss.SSS").withZone(ZoneOffset.UTC);

  private LogFiles() {}

  /** The older logs, the oldest first. */
  public static List<Path> older(Path log) throws IOException {
    List<Path> files = new ArrayList<>();
    String prefix = log.getFileName() + ".";
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(
            log.getParent(), path -> path.getFileName().toString().startsWith(prefix))) {
      stream.forEach(files::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    files.sort(Comparator.comparing(Path::toString));
    return files;
  }

  /**
   * Moves the log away, has a new one begun, and thins the older ones.
   *
   * @param reopen has conmon begin a new file
   * @param keep how many files there may be, the current one included
   */
  static void rotate(Path log, Runnable reopen, int keep) throws IOException {
    for (Path file : older(log)) {
      if (!file.toString().endsWith(".gz")) {
        compress(file);
      }
    }
    if (keep > 1) {
      Path aside = log.resolveSibling(log.getFileName() + "." + STAMP.format(Instant.now()));
      Files.move(log, aside, StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.delete(log);
    }
    reopen.run();
    List<Path> all = older(log);
    for (int i = 0; i < all.size() - Math.max(0, keep - 1); i++) {
      Files.deleteIfExists(all.get(i));
    }
  }

  private static void compress(Path file) throws IOException {
    Path packed = file.resolveSibling(file.getFileName() + ".gz");
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      in.transferTo(out);
    }
    Files.delete(file);
  }

  /** Removes the log and the older ones. */
  static void delete(Path log) throws IOException {
    for (Path file : older(log)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(log);
  }
}
