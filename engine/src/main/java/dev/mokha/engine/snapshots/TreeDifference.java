package dev.mokha.engine.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Says in words where a directory is not as it should be. */
final class TreeDifference {
  private TreeDifference() {}

  /**
   * The first difference, a file's before a directory's, as it says more.
   *
   * @return empty when there is none
   */
  static Optional<String> between(Path right, Path found) throws IOException {
    if (!Files.isDirectory(found)) {
      return Optional.of("its directory is missing");
    }
    SortedMap<String, String> wanted = TreeArchive.digests(right);
    SortedMap<String, String> is = TreeArchive.digests(found);
    Optional<String> directory = Optional.empty();
    for (Map.Entry<String, String> entry : wanted.entrySet()) {
      String other = is.remove(entry.getKey());
      if (!entry.getValue().equals(other)) {
        String what = "/" + entry.getKey() + (other == null ? " is missing" : " is not as it was");
        if (!entry.getKey().endsWith("/")) {
          return Optional.of(what);
        }
        directory = directory.or(() -> Optional.of(what));
      }
    }
    if (directory.isPresent()) {
      return directory;
    }
    return is.isEmpty() ? Optional.empty() : Optional.of("/" + is.firstKey() + " is not of it");
  }
}
