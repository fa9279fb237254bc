package dev.mokha.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What this machine is called, as the name of a Node. */
public final class MachineName {
  private MachineName() {}

  /** Its host name, in lower case. */
  public static String get() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname"))
          .strip()
          .toLowerCase(Locale.ROOT)
          .replaceAll("[^a-z0-9.-]", "-");
    } catch (IOException e) {
      throw new IllegalStateException("the machine's name can't be read", e);
    }
  }
}
