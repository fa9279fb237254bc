package dev.mokha.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Writes the seeds of every target as files, for Jazzer to begin with. */
public final class Corpus {
  private Corpus() {}

  /** Writes them into the directory that is named. */
  public static void main(String[] arguments) throws IOException {
    for (Target target : Target.values()) {
      Path directory =
          Files.createDirectories(
              Path.of(arguments[0], target.name().toLowerCase(Locale.ROOT).replace('_', '-')));
      for (int i = 0; i < target.seeds().size(); i++) {
        Files.write(directory.resolve("seed-" + i), target.seeds().get(i));
      }
    }
  }
}
