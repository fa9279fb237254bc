package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file that is appended to, and put aside under a name with the time in it when it has grown
 * ({@code audit-2026-11-22T16-35-23.123.log} beside {@code audit.log}). Used by one thread.
 */
final class RotatingFile implements AutoCloseable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS").withZone(ZoneOffset.UTC);

  private final Path file;
  private final Rotation rotation;
  private final InstantSource clock;
  private final String stem;
  private final String ending;
  private FileChannel channel;
  private long size;

  /**
   * Opens the file, and makes it and its directory when they are missing; only its owner may read
   * it.
   */
  RotatingFile(Path file, Rotation rotation, InstantSource clock) throws IOException {
    this.file = requireNonNull(file, "file").toAbsolutePath();
    this.rotation = requireNonNull(rotation, "rotation");
    this.clock = requireNonNull(clock, "clock");
    String name = this.file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    this.stem = dot > 0 ? name.substring(0, dot) : name;
    this.ending = dot > 0 ? name.substring(dot) : "";
    Files.createDirectories(this.file.getParent());
    open();
    clean();
  }

  private void open() throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    channel =
        FileChannel.open(
            file,
            EnumSet.of(
                StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
            attributes);
    size = channel.size();
  }

  /** Appends whole lines; they stay together in one file. */
  void append(ByteBuffer lines) throws IOException {
    if (size > 0 && size + lines.remaining() > rotation.mostBytes()) {
      rotate();
    }
    while (lines.hasRemaining()) {
      size += channel.write(lines);
    }
  }

  private void rotate() throws IOException {
    channel.close();
    Instant now = clock.instant();
    Path aside = aside(now);
    while (Files.exists(aside)) {
      now = now.plusMillis(1);
      aside = aside(now);
    }
    Files.move(file, aside);
    open();
    clean();
  }

  private Path aside(Instant at) {
    return file.resolveSibling(stem + "-" + STAMP.format(at) + ending);
  }

  private void clean() throws IOException {
    List<Path> old = new ArrayList<>();
    try (Stream<Path> all = Files.list(file.getParent())) {
      all.filter(this::isAside).forEach(old::add);
    }
    old.sort(Comparator.comparing(Path::getFileName).reversed());
    Instant oldest = clock.instant().minus(rotation.mostAge());
    for (int i = 0; i < old.size(); i++) {
      boolean tooMany = rotation.mostFiles() > 0 && i >= rotation.mostFiles();
      boolean tooOld =
          !rotation.mostAge().isZero()
              && Files.getLastModifiedTime(old.get(i)).toInstant().isBefore(oldest);
      if (tooMany || tooOld) {
        Files.deleteIfExists(old.get(i));
      }
    }
  }

  private boolean isAside(Path path) {
    String name = path.getFileName().toString();
    return name.matches(
        Pattern.quote(stem)
            + "-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}"
            + Pattern.quote(ending));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
