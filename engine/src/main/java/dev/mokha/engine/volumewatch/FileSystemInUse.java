package dev.mokha.engine.volumewatch;

import dev.mokha.engine.volumewatch.VolumeEvent.Affected;
import dev.mokha.linux.KernelFile;
import dev.mokha.linux.MountEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file system that containers write to, as it is now.
 *
 * @param mount where the host sees it whole, or else the first container's mount
 * @param onHost whether that is a mount of the host
 * @param affected who uses it
 */
record FileSystemInUse(MountEntry mount, boolean onHost, List<Affected> affected) {
  FileSystemInUse {
    affected = List.copyOf(affected);
  }

  String device() {
    return mount.device();
  }

  /** Whether nothing can be written to it, whatever the mounts' own flags. */
  boolean readOnly() {
    return mount.superOptions().contains("ro") || mount.failed();
  }

  /** Whether the kernel made it so: mount(8) sets the mount's own flag too. */
  boolean byKernel() {
    return readOnly() && (mount.failed() || !mount.options().contains("ro"));
  }

  /** Errors the kernel counted since the last check of the disk; 0 where nobody counts. */
  long errors() {
    if (!mount.type().equals("ext4")) {
      return 0;
    }
    try {
      Path disk = Path.of("/sys/dev/block", mount.device());
      Path name = Files.exists(disk) ? disk.toRealPath().getFileName() : null;
      Path count = Path.of("/sys/fs/ext4", String.valueOf(name), "errors_count");
      return name == null || !Files.exists(count) ? 0 : Long.parseLong(KernelFile.read(count));
    } catch (IOException | NumberFormatException gone) {
      return 0;
    }
  }
}
