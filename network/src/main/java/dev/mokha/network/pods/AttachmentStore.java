package dev.mokha.network.pods;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Attachments on disk, a file each, and the addresses that rest, in the order they were given back.
 *
 * <pre>
 * stateDir/attachments/POD-UID.json
 * stateDir/rested-addresses.json
 * </pre>
 */
final class AttachmentStore {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentStore.class);
  private static final String SUFFIX = ".json";

  private final Path attachments;
  private final Path rested;

  /** The addresses that rest. */
  private record Rested(int format, List<String> addresses) {}

  AttachmentStore(Path stateDir) {
    attachments = requireNonNull(stateDir, "stateDir").resolve("attachments");
    rested = stateDir.resolve("rested-addresses.json");
    try {
      Files.createDirectories(attachments);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + attachments + " for records of pods", e);
    }
  }

  /** All attachments on record; an unreadable one is left alone and told of. */
  List<AttachmentRecord> load() {
    List<AttachmentRecord> records = new ArrayList<>();
    try (var files = Files.list(attachments)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).toList()) {
        try {
          AttachmentRecord record =
              Json.MAPPER.readValue(Files.readAllBytes(file), AttachmentRecord.class);
          if (record.format() > AttachmentRecord.FORMAT) {
            throw new IllegalStateException(
                file + " was written by a newer Mokha; start that one, or remove the file");
          }
          records.add(record);
        } catch (JacksonException e) {
          LOG.warn("The record {} can't be read and is ignored: {}", file, e.getMessage());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read the records of pods in " + attachments, e);
    }
    return records;
  }

  /**
   * Writes an attachment down, whole or not at all. It is not forced to the disk: what a power
   * failure takes is the record of a pod whose namespaces went with it, and that is attached anew.
   */
  void save(AttachmentRecord record) {
    write(attachments.resolve(record.podUid() + SUFFIX), Json.MAPPER.writeValueAsBytes(record));
  }

  /** Strikes an attachment off. */
  void remove(String podUid) {
    try {
      Files.deleteIfExists(attachments.resolve(podUid + SUFFIX));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove the record of pod " + podUid, e);
    }
  }

  /** The addresses that rest, the longest first. */
  List<String> restedAddresses() {
    try {
      return Files.exists(rested)
          ? Json.MAPPER.readValue(Files.readAllBytes(rested), Rested.class).addresses()
          : List.of();
    } catch (IOException | JacksonException e) {
      // Without it an address may rest too short, no more.
      LOG.warn("{} can't be read and is begun anew: {}", rested, e.getMessage());
      return List.of();
    }
  }

  /** Writes down which addresses rest. */
  void saveRested(List<String> addresses) {
    write(rested, Json.MAPPER.writeValueAsBytes(new Rested(AttachmentRecord.FORMAT, addresses)));
  }

  /** Removes all of its files. */
  void wipe() {
    try {
      Files.deleteIfExists(rested);
      try (var files = Files.list(attachments)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(attachments);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove the records of pods in " + attachments, e);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      DurableFiles.replace(file, bytes, false); // after a reboot there are no pods
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + file + "; is there space left?", e);
    }
  }
}
