package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Takes a device number apart as the C library's major(3) and minor(3) do. */
final class DeviceNumber {
  private static final int TYPE = 0170000;
  private static final int BLOCK = 0060000;

  private DeviceNumber() {}

  /**
   * The number of one of the host's disks.
   *
   * @throws EngineException INVALID when there is no block device of that name
   */
  static long ofDisk(String path) {
    try {
      Map<String, Object> is = Files.readAttributes(Path.of(path), "unix:mode,rdev");
      if (((int) is.get("mode") & TYPE) == BLOCK) {
        return (long) is.get("rdev");
      }
    } catch (IOException gone) {
      // The same answer as for what is no disk.
    }
    throw new EngineException(
        EngineException.Code.INVALID, "There is no block device " + path + " on this machine");
  }

  static long major(long number) {
    return number >>> 8 & 0xfff | number >>> 32 & ~0xfffL;
  }

  static long minor(long number) {
    return number & 0xff | number >>> 12 & ~0xffL;
  }
}
