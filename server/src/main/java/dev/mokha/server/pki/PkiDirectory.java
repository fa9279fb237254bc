package dev.mokha.server.pki;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The files of a PKI: each replaced whole, synced, and readable by its owner alone. */
final class PkiDirectory implements PkiFiles {
  /** Raise it with every change of what is on disk, and read the one before too. */
  static final int FORMAT = 1;

  private final Path path;

  PkiDirectory(Path path) {
    this.path = path;
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      checkFormat();
    } catch (IOException | NumberFormatException e) {
      throw new PkiException("the directory %s can't be used: %s".formatted(path, e), e);
    }
  }

  private void checkFormat() throws IOException {
    Path file = path.resolve("FORMAT");
    if (!Files.exists(file)) {
      write("FORMAT", FORMAT + "\n");
      return;
    }
    int format = Integer.parseInt(Files.readString(file).strip());
    if (format > FORMAT) {
      throw new PkiException(
          "%s was written by a newer mokha (format %d, this one knows %d); start that version"
              .formatted(path, format, FORMAT),
          null);
    }
  }

  @Override
  public Path file(String name) {
    return path.resolve(name);
  }

  @Override
  public boolean has(String name) {
    return Files.exists(file(name));
  }

  @Override
  public String read(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new PkiException("%s can't be read: %s".formatted(file(name), e.getMessage()), e);
    }
  }

  @Override
  public void write(String name, String text) {
    Path half = file(name + ".new");
    try {
      Files.deleteIfExists(half);
      try (FileChannel out =
          FileChannel.open(
              half,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(half, file(name), StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new PkiException("%s can't be written: %s".formatted(file(name), e.getMessage()), e);
    }
  }
}
