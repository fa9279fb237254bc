package dev.mokha.docker.volumes;

import dev.mokha.engine.volumes.Volumes;

/** Whose volumes there are: the engine's own, and nobody else's. */
public final class VolumeDrivers {
  private VolumeDrivers() {}

  /** Whether a driver is the engine's, or none is named. */
  public static boolean has(String driver) {
    return driver.isEmpty() || driver.equals(Volumes.DRIVER);
  }

  /** What Docker says of a volume whose driver is not there. */
  public static String missing(String driver, String volume) {
    return "create %s: error looking up volume plugin %s: plugin \"%s\" not found"
        .formatted(volume, driver, driver);
  }
}
