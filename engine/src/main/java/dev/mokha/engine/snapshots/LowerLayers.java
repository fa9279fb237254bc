package dev.mokha.engine.snapshots;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The layers below one that is being unpacked. A layer's tar is not complete: hard links may lead
 * to files of layers below, and directories may be implied by the names of files alone. What is
 * missing is taken from here. The same tar on the same layers gives the same tree each time, times
 * too: {@link Layers#verify} compares them.
 */
final class LowerLayers {
  private final List<Path> directories;

  /**
   * Layers that are unpacked.
   *
   * @param directories the uppermost layer's first
   */
  LowerLayers(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /** Gives a layer what its tar did not say. */
  void complete(LayerUnpacker.Result result, Path directory) throws IOException {
    requireNonNull(directory, "directory");
    for (Map.Entry<Path, String> link : result.borrowed().entrySet()) {
      copyLinked(link.getValue(), link.getKey());
    }
    for (Path path : result.implied()) {
      describe(path, directory.relativize(path));
    }
  }

  private void copyLinked(String name, Path link) throws IOException {
    Path source =
        find(Path.of(name))
            .orElseThrow(
                () -> corrupt("A layer has a hard link to " + name + ", which is in no layer"));
    if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
      throw corrupt("A layer has a hard link to " + name + ", which is not a file");
    }
    FileTime said = Files.getLastModifiedTime(link.getParent());
    Files.copy(source, link, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    Files.setLastModifiedTime(link.getParent(), said);
  }

  private void describe(Path implied, Path relative) throws IOException {
    Optional<Path> lower = find(relative);
    if (lower.isPresent() && Files.isDirectory(lower.get(), LinkOption.NOFOLLOW_LINKS)) {
      LayerStack.copyAttributes(lower.get(), implied);
      Files.setLastModifiedTime(implied, Files.getLastModifiedTime(lower.get()));
    } else {
      Files.setLastModifiedTime(implied, FileTime.fromMillis(0)); // nobody said when
    }
  }

  private Optional<Path> find(Path relative) throws IOException {
    Path parent = relative.getParent();
    for (Path directory : directories) {
      Path found = new RootedTree(directory).find(parent == null ? "" : parent.toString());
      if (found != null) {
        Path path = found.resolve(relative.getFileName());
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
          return Optional.of(path);
        }
      }
    }
    return Optional.empty();
  }

  private static EngineException corrupt(String message) {
    return new EngineException(EngineException.Code.CORRUPT, message);
  }
}
