package dev.mokha.server.pki;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

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
    try {
      PrivateFile.write(file(name), text);
    } catch (IOException e) {
      throw new PkiException("%s can't be written: %s".formatted(file(name), e.getMessage()), e);
    }
  }
}
