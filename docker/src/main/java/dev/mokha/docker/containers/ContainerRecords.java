package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The records on disk: for each container a directory with its record, its log and its files. */
final class ContainerRecords {
  private static final String FILE = "container.json";

  private final Path root;

  ContainerRecords(Path root) {
    this.root = root;
    try {
      Files.createDirectories(root);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + root, e);
    }
  }

  /** A container's directory. */
  Path directory(String id) {
    return root.resolve(id);
  }

  /**
   * All that are whole; what a kill left half-made is removed.
   *
   * @param known whether there is a container of that id: a broken record without one is nobody's
   */
  List<ContainerRecord> read(Predicate<String> known) {
    List<ContainerRecord> all = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (Path directory : directories) {
        Path file = directory.resolve(FILE);
        if (Files.exists(file) && known.test(directory.getFileName().toString())) {
          all.add(read(file));
        } else {
          DurableFiles.delete(directory);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Records of containers can't be read: " + e.getMessage(), e);
    }
    return all;
  }

  private static ContainerRecord read(Path file) throws IOException {
    try {
      JsonNode tree = Json.MAPPER.readTree(Files.readAllBytes(file));
      if (tree.path("format").asInt(0) > ContainerRecord.FORMAT) {
        throw new EngineException(
            EngineException.Code.INVALID,
            file
                + " has format "
                + tree.path("format").asInt(0)
                + ", and this Mokha knows "
                + ContainerRecord.FORMAT
                + "; run the Mokha that wrote it");
      }
      return Json.MAPPER.treeToValue(tree, ContainerRecord.class);
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          file + " is damaged: " + e.getOriginalMessage() + "; restore it, or remove its directory",
          e);
    }
  }

  /**
   * Writes one.
   *
   * @param lasting whether it must survive a loss of power
   */
  void write(ContainerRecord record, boolean lasting) {
    try {
      Path directory = Files.createDirectories(directory(record.id()));
      DurableFiles.replace(directory.resolve(FILE), Json.MAPPER.writeValueAsBytes(record), lasting);
    } catch (IOException e) {
      throw new EngineException(
          String.valueOf(e.getMessage()).contains("No space left")
              ? EngineException.Code.NO_SPACE
              : EngineException.Code.INTERNAL,
          "The record of container " + record.id() + " can't be written: " + e.getMessage(),
          e);
    }
  }

  /** Removes the record first, so that a kill meanwhile leaves a directory that is nobody's. */
  void remove(String id) {
    try {
      Files.deleteIfExists(directory(id).resolve(FILE));
      DurableFiles.delete(directory(id));
    } catch (IOException e) {
      throw new UncheckedIOException("Record " + directory(id) + " can't be removed", e);
    }
  }
}
