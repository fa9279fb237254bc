package dev.mokha.network.routing;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.linux.KernelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;

/**
 * Settings of the network namespace of the calling thread, changed once and put back by a wipe:
 * what was there before is written down first, in {@code stateDir/sysctls-before.json}.
 */
public final class Sysctls {
  private static final Path PROC = Path.of("/proc/sys");

  private final Path file;
  private final Map<String, String> before;

  /** What was there before the first change. */
  private record Before(int format, Map<String, String> values) {}

  /** Reads what an earlier daemon wrote down. */
  public Sysctls(Path stateDir) {
    file = requireNonNull(stateDir, "stateDir").resolve("sysctls-before.json");
    try {
      Files.createDirectories(stateDir);
      before =
          new TreeMap<>(
              Files.exists(file)
                  ? Json.MAPPER.readValue(Files.readAllBytes(file), Before.class).values()
                  : Map.of());
    } catch (IOException | JacksonException e) {
      throw new IllegalStateException("Can't read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Sets one, such as {@code net/ipv4/ip_forward}. */
  public void set(String name, String value) {
    try {
      String old = KernelFile.read(PROC.resolve(name));
      if (old.equals(value)) {
        return;
      }
      if (before.putIfAbsent(name, old) == null) {
        Files.write(file, Json.MAPPER.writeValueAsBytes(new Before(1, before)));
      }
      Files.writeString(PROC.resolve(name), value);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't set " + name + " to " + value, e);
    }
  }

  /** Puts all back. */
  public void restore() {
    before.forEach(
        (name, value) -> {
          try {
            if (Files.exists(PROC.resolve(name))) {
              Files.writeString(PROC.resolve(name), value);
            }
          } catch (IOException e) {
            throw new UncheckedIOException("Can't set " + name + " back to " + value, e);
          }
        });
    before.clear();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + file, e);
    }
  }
}
