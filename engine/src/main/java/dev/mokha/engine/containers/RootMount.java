package dev.mokha.engine.containers;

import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A container's root file system on the host: mounted while a run or anybody else needs it. After a
 * crash the count begins anew: a container that runs holds it once, else nothing is mounted.
 */
final class RootMount {
  private final Snapshots snapshots;
  private final Path target;
  private int users;

  /** A mount that is made at {@code target} when first needed. */
  RootMount(Snapshots snapshots, Path target) {
    this.snapshots = snapshots;
    this.target = target;
  }

  /** Where the root is seen from the host. */
  Path path(Definition definition) {
    Path own = definition.spec().rootfs();
    return own != null ? own : target;
  }

  /** Mounts it unless it is; each call wants one {@link #release}. */
  synchronized void acquire(Definition definition) throws IOException {
    if (users == 0 && definition.spec().rootfs() == null) {
      snapshots.unmount(target); // what a killed daemon left
      snapshots.mount(definition.spec().id(), definition.diffIds(), target, definition.lasting());
    }
    users++;
  }

  /** Counts a run that another daemon began. */
  synchronized void adopt() {
    users++;
  }

  /** Unmounts it when nobody else needs it. */
  synchronized void release() throws IOException {
    if (users > 0 && --users == 0) {
      drop();
    }
  }

  /** Unmounts it, whoever needs it. */
  synchronized void drop() throws IOException {
    users = 0;
    snapshots.unmount(target);
    Files.deleteIfExists(target);
    if (Files.exists(target.getParent()) && isEmpty(target.getParent())) {
      Files.deleteIfExists(target.getParent());
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }
}
