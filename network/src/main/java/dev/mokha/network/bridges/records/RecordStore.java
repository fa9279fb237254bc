package dev.mokha.network.bridges.records;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.netlink.Prefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Networks and sandboxes on disk, each whole or not at all.
 *
 * <pre>
 * stateDir/networks/ID.json          forced to the disk: users made them
 * stateDir/ula.json                  the instance's own IPv6 range
 * runDir/records/CONTAINER-ID.json   sandboxes: after a reboot there are none
 * </pre>
 */
public final class RecordStore {
  private static final Logger LOG = LoggerFactory.getLogger(RecordStore.class);
  private static final String SUFFIX = ".json";
  private static final int ULA_LENGTH = 48;

  private final Path stateDir;
  private final Path networks;
  private final Path sandboxes;

  private record Ula(int format, String prefix) {}

  /** Makes the directories. */
  public RecordStore(Path stateDir, Path runDir) {
    this.stateDir = requireNonNull(stateDir, "stateDir");
    networks = stateDir.resolve("networks");
    sandboxes = requireNonNull(runDir, "runDir").resolve("records");
    try {
      Files.createDirectories(networks);
      Files.createDirectories(sandboxes);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + stateDir + " for records of networks", e);
    }
  }

  /** All networks, the oldest first. */
  public List<NetworkRecord> networks() {
    List<NetworkRecord> records = new ArrayList<>(load(networks, NetworkRecord.class));
    records.forEach(record -> check(record.format(), NetworkRecord.FORMAT, networks));
    records.sort(Comparator.comparingLong(NetworkRecord::createdMillis));
    return records;
  }

  /** All sandboxes. */
  public List<SandboxRecord> sandboxes() {
    List<SandboxRecord> records = load(sandboxes, SandboxRecord.class);
    records.forEach(record -> check(record.format(), SandboxRecord.FORMAT, sandboxes));
    return records;
  }

  private static void check(int format, int known, Path directory) {
    if (format > known) {
      throw new IllegalStateException(
          directory + " was written by a newer Mokha; start that one, or remove the directory");
    }
  }

  private static <T> List<T> load(Path directory, Class<T> type) {
    List<T> records = new ArrayList<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).toList()) {
        try {
          records.add(Json.MAPPER.readValue(Files.readAllBytes(file), type));
        } catch (JacksonException e) {
          LOG.warn("The record {} can't be read and is ignored: {}", file, e.getMessage());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read the records in " + directory, e);
    }
    return records;
  }

  /** Writes a network down. */
  public void save(NetworkRecord record) {
    write(networks.resolve(record.id() + SUFFIX), Json.MAPPER.writeValueAsBytes(record), true);
  }

  /** Writes a sandbox down. */
  public void save(SandboxRecord record) {
    write(
        sandboxes.resolve(record.containerId() + SUFFIX),
        Json.MAPPER.writeValueAsBytes(record),
        false);
  }

  /** Strikes a network off. */
  public void removeNetwork(String id) {
    remove(networks.resolve(id + SUFFIX));
  }

  /** Strikes a sandbox off. */
  public void removeSandbox(String containerId) {
    remove(sandboxes.resolve(containerId + SUFFIX));
  }

  /** The instance's own IPv6 range, chosen by chance when first asked for (RFC 4193). */
  public Prefix ula() {
    Path file = stateDir.resolve("ula.json");
    try {
      if (Files.exists(file)) {
        return Prefix.parse(Json.MAPPER.readValue(Files.readAllBytes(file), Ula.class).prefix());
      }
      byte[] bytes = new byte[16];
      byte[] chance = new byte[5];
      new SecureRandom().nextBytes(chance);
      bytes[0] = (byte) 0xfd;
      System.arraycopy(chance, 0, bytes, 1, chance.length);
      Prefix prefix = new Prefix(InetAddress.getByAddress(bytes), ULA_LENGTH);
      write(file, Json.MAPPER.writeValueAsBytes(new Ula(1, prefix.toString())), true);
      return prefix;
    } catch (UnknownHostException e) {
      throw new AssertionError("sixteen bytes are an address", e);
    } catch (IOException | JacksonException e) {
      throw new IllegalStateException("Can't read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Removes all of its files. */
  public void wipe() {
    try {
      for (Path directory : List.of(networks, sandboxes)) {
        try (var files = Files.list(directory)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(directory);
      }
      Files.deleteIfExists(stateDir.resolve("ula.json"));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove the records in " + stateDir, e);
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + file, e);
    }
  }

  private static void write(Path file, byte[] bytes, boolean force) {
    try {
      DurableFiles.replace(file, bytes, force);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + file + "; is there space left?", e);
    }
  }
}
