package dev.mokha.linux;

import java.nio.file.Path;

/** Waits until everything written to a file system is on its disk: syncfs(2). */
public final class FileSystemSync {
  private static final NativeFunction SYNCFS = NativeFunction.ofInt("syncfs", 1);

  private FileSystemSync() {}

  /** Syncs the file system that a path is on; one call serves any number of files. */
  public static void of(Path path) {
    try (FileDescriptor file = FileDescriptor.open(path, FileDescriptor.READ_ONLY)) {
      SYNCFS.call("sync the file system of " + path, file.number());
    }
  }
}
