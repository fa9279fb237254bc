package dev.mokha.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which instance is meant; mixed into every command. */
final class InstanceOption {
  @Option(
      names = "--data-dir",
      description = "Where this Mokha keeps its data (default: /var/lib/mokha).",
      paramLabel = "DIR")
  private Path dataDir = Instance.DEFAULT_DATA_DIR;

  Instance instance() {
    return Instance.of(dataDir);
  }

  /** Refuses to go on without root. */
  static void requireRoot(String command) {
    if (!System.getProperty("user.name").equals("root")) {
      throw new UserError(
          "mokha "
              + command
              + " needs root, since it makes containers; try: sudo ./mokha "
              + command);
    }
  }
}
