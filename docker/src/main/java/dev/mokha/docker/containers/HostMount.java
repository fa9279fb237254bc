package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the host's mount table says of a path (proc(5), /proc/PID/mountinfo). */
final class HostMount {
  private static final int POINT = 4;
  private static final int OPTIONAL = 6;

  private HostMount() {}

  /**
   * Refuses a propagation that the mount below a path has not: nothing would ever be propagated.
   *
   * @param slave whether being a slave is enough
   * @throws DockerException 500 in dockerd's words
   */
  static void requirePropagation(Path source, boolean slave) {
    Path real;
    List<String> table;
    try {
      real = source.toRealPath();
      table = Files.readAllLines(Path.of("/proc/self/mountinfo"));
    } catch (IOException e) {
      return; // a missing source is made, or is told of elsewhere
    }
    String found = "/";
    boolean fits = false;
    for (String line : table) {
      String[] fields = line.split(" ");
      String point = fields[POINT].replace("\\040", " ");
      if (real.startsWith(point) && point.length() >= found.length()) {
        found = point;
        fits = false;
        for (int i = OPTIONAL; i < fields.length && !fields[i].equals("-"); i++) {
          fits |= fields[i].startsWith("shared:") || (slave && fields[i].startsWith("master:"));
        }
      }
    }
    if (!fits) {
      throw new DockerException(
          500,
          "path "
              + source
              + " is mounted on "
              + found
              + " but it is not a shared"
              + (slave ? " or slave" : "")
              + " mount");
    }
  }
}
