package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.users.MappedMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A container's root file system on the host: mounted while a run or anybody else needs it. After a
 * crash the count begins anew: a container that runs holds it once, else nothing is mounted.
 */
final class RootMount {
  private final Snapshots snapshots;
  private final MappedMounts mapped;
  private final Path target;
  private int users;
  private UserMapping shown = UserMapping.HOST;

  /** A mount that is made at {@code target} when first needed. */
  RootMount(Snapshots snapshots, MappedMounts mapped, Path target) {
    this.snapshots = snapshots;
    this.mapped = mapped;
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
      shown = UserMapping.HOST;
    }
    users++;
  }

  /**
   * Mounts it for a run whose user namespace has these ids.
   *
   * @throws EngineException CONFLICT while somebody reads it under other ids
   */
  synchronized void acquire(Definition definition, UserMapping ids) throws IOException {
    if (ids.isHost() || definition.spec().rootfs() != null) {
      acquire(definition);
      return;
    }
    String id = definition.spec().id();
    if (users > 0 && !shown.equals(ids)) {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "The files of container " + id + " are being read or written; start it afterwards");
    }
    if (users == 0) {
      snapshots.unmount(target);
      snapshots.mount(
          id,
          definition.diffIds(),
          target,
          definition.lasting(),
          (lower, own, place, options) -> mapped.root(id, ids, lower, own, place, options));
      shown = ids;
    }
    users++;
  }

  /** Counts a run that another daemon began. */
  synchronized void adopt(Definition definition) {
    shown = mapped.mapping(definition.spec());
    users++;
  }

  /** Under which ids the files show. */
  synchronized UserMapping shown() {
    return shown;
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
