package dev.mokha.engine.users;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Which ranges of ids are in use on this machine, by whatever instance: a file for each, named by
 * its first id, that says where the instance keeps its own list. Below /run, since after a reboot
 * nobody uses any.
 */
final class MachineClaims {
  private final Path directory;
  private final Path owner;

  /**
   * Claims of an instance.
   *
   * @param directory the same for all instances of the machine
   * @param owner the instance's own list; a claim whose owner is gone is nobody's
   */
  MachineClaims(Path directory, Path owner) {
    this.directory = requireNonNull(directory);
    this.owner = owner.toAbsolutePath();
  }

  /** Takes a range for this instance; false when another has it. */
  boolean claim(long first) {
    Path file = directory.resolve(Long.toString(first));
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      while (true) {
        try {
          Files.writeString(file, owner.toString(), StandardOpenOption.CREATE_NEW);
          return true;
        } catch (FileAlreadyExistsException taken) {
          String other = read(file);
          if (other.equals(owner.toString())) {
            return true;
          }
          if (other.isEmpty() || Files.exists(Path.of(other))) {
            return false; // empty: being written at this moment
          }
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't claim user ids in " + directory, e);
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException released) {
      return "";
    }
  }

  /** Gives a range back. */
  void release(long first) {
    Path file = directory.resolve(Long.toString(first));
    try {
      if (Files.exists(file) && read(file).equals(owner.toString())) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't give user ids back in " + directory, e);
    }
  }
}
