package dev.mokha.cli.daemon;

import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import java.nio.file.Path;

/** A process with nothing but the server of the data directory it is given; ends when killed. */
final class RunServerRole {
  private RunServerRole() {}

  /** Says {@code ready} when it is. */
  public static void main(String[] arguments) throws Exception {
    Instance instance = Instance.of(Path.of(arguments[0]));
    try (ServerRole role =
        ServerRole.start(instance, Settings.read(instance).orElseThrow(), new Phases())) {
      System.out.println(role.server().isReady() ? "ready" : "not ready");
      Thread.currentThread().join();
    }
  }
}
