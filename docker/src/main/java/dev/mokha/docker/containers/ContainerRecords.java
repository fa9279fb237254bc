package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The records on disk: for each container a directory with its record, its log and its files. */
final class ContainerRecords {
  private static final Logger log = LoggerFactory.getLogger(ContainerRecords.class);
  private static final String FILE = "container.json";

  /** Begins the name of a directory that is being removed. */
  private static final String REMOVED = "removed-";

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
   * Makes a container's directory and writes its first record.
   *
   * @param lasting whether it must survive a loss of power
   */
  void create(ContainerRecord record, boolean lasting) {
    try {
      Files.createDirectories(directory(record.id()));
    } catch (IOException e) {
      throw unwritten(record, e);
    }
    write(record, lasting);
  }

  /**
   * Writes one anew. One that was removed stays so, whoever still has a change for it.
   *
   * @param lasting whether it must survive a loss of power
   */
  void write(ContainerRecord record, boolean lasting) {
    try {
      DurableFiles.replace(
          directory(record.id()).resolve(FILE), Json.MAPPER.writeValueAsBytes(record), lasting);
    } catch (IOException e) {
      throw unwritten(record, e);
    }
  }

  private static EngineException unwritten(ContainerRecord record, IOException cause) {
    return new EngineException(
        String.valueOf(cause.getMessage()).contains("No space left")
            ? EngineException.Code.NO_SPACE
            : EngineException.Code.INTERNAL,
        "The record of container " + record.id() + " can't be written: " + cause.getMessage(),
        cause);
  }

  /**
   * Removes the record first, so that a kill meanwhile leaves a directory that is nobody's. The
   * directory is moved aside before it is emptied: the end of an exec or a new name may be written
   * into it at the same time, and must not fill it again.
   */
  void remove(String id) {
    Path removed = root.resolve(REMOVED + id);
    try {
      Files.deleteIfExists(directory(id).resolve(FILE));
      try {
        Files.move(directory(id), removed, StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException gone) {
        log.debug("Container {} has no directory", id); // an earlier removal came that far
      }
      DurableFiles.delete(removed);
    } catch (IOException e) {
      throw new UncheckedIOException("Record " + directory(id) + " can't be removed", e);
    }
  }
}
