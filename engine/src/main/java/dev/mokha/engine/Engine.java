package dev.mokha.engine;

import dev.mokha.engine.build.Builder;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.users.UserIds;
import dev.mokha.engine.volumes.Volumes;
import dev.mokha.engine.volumewatch.VolumeWatch;
import java.util.Set;

/**
 * One engine over one data directory and one runtime directory.
 *
 * <p>Opening it locks the data directory, then adopts every container that still runs, from what is
 * on disk and in /proc. Closing it leaves all containers running: they are held by conmon, outside
 * the daemon's cgroup.
 */
public interface Engine extends AutoCloseable {
  /** The images. */
  Images images();

  /** The containers. */
  Containers containers();

  /** What builds images from Dockerfiles. */
  Builder builder();

  /** The volumes. */
  Volumes volumes();

  /** Ranges of the host's ids for containers and pods with ids of their own. */
  UserIds userIds();

  /** What it was opened with. */
  EngineConfig config();

  /** Notices file systems that turn read-only under containers. */
  VolumeWatch volumeWatch();

  /** Name and version of the OCI runtime in use, such as {@code runc 1.1.5}. */
  String runtime();

  /** What image names call the cluster's own registry; none where it has none. */
  default Set<String> ownRegistryHosts() {
    return Set.of();
  }

  /** Lets go of the data directory; running containers go on. */
  @Override
  void close();

  /**
   * Opens an engine.
   *
   * @throws EngineException when the data directory is in use, damaged or newer than this program,
   *     or when conmon or every OCI runtime is missing or unusable; the message says what to do
   */
  static Engine open(EngineConfig config) {
    return new LocalEngine(config);
  }
}
