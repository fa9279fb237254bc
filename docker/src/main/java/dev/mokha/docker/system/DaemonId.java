package dev.mokha.docker.system;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The name by which clients know this engine again. */
public final class DaemonId {
  private DaemonId() {}

  /** Reads it; makes it the first time. */
  public static String of(Path dataDir) {
    Path file = dataDir.resolve("engine-id");
    try {
      if (Files.exists(file)) {
        return UUID.fromString(Files.readString(file).strip()).toString();
      }
      String made = UUID.randomUUID().toString();
      Files.createDirectories(dataDir);
      DurableFiles.replace(file, (made + "\n").getBytes(StandardCharsets.US_ASCII));
      return made;
    } catch (IOException | IllegalArgumentException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The engine's id in " + file + " can't be read; remove the file to get a new one",
          e);
    }
  }
}
