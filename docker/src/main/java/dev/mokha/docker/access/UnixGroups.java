package dev.mokha.docker.access;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The groups that /etc/group puts a user in (group(5)), beside his own. */
final class UnixGroups {
  private static final int NAME = 0;
  private static final int MEMBERS = 3;

  private final Path file;

  UnixGroups(Path file) {
    this.file = file;
  }

  List<String> of(String user) {
    List<String> groups = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] fields = line.split(":", -1);
        if (fields.length > MEMBERS
            && Arrays.asList(fields[MEMBERS].strip().split(",")).contains(user)) {
          groups.add(fields[NAME]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The machine's groups can't be read", e);
    }
    return groups;
  }
}
