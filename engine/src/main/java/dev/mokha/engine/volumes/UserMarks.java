package dev.mokha.engine.volumes;

import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A set of users as empty files of a directory, so that each change is one step. */
final class UserMarks {
  private static final Pattern USER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}");

  private final Path directory;
  private final boolean durable;

  /**
   * A set; its directory is made with the first user.
   *
   * @param durable whether a change must survive a power cut
   */
  UserMarks(Path directory, boolean durable) {
    this.directory = directory;
    this.durable = durable;
  }

  static void check(String user) {
    if (!USER.matcher(user).matches()) {
      throw new IllegalArgumentException("Not the id of a user: " + user);
    }
  }

  SortedSet<String> all() throws IOException {
    SortedSet<String> users = new TreeSet<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        files.forEach(file -> users.add(file.getFileName().toString()));
      }
    }
    return users;
  }

  /** Whether it was not there before. */
  boolean add(String user) throws IOException {
    check(user);
    Files.createDirectories(directory);
    try {
      Files.createFile(directory.resolve(user));
    } catch (FileAlreadyExistsException e) {
      return false;
    }
    sync();
    return true;
  }

  /** Whether it was there before. */
  boolean remove(String user) throws IOException {
    check(user);
    boolean was = Files.deleteIfExists(directory.resolve(user));
    if (was) {
      sync();
    }
    return was;
  }

  private void sync() throws IOException {
    if (durable) {
      DurableFiles.syncDirectory(directory);
    }
  }
}
