package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.logging.LogShipping;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.volumes.Volumes;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How containers go: asked to, or by themselves at their end. */
final class ContainerRemoval {
  private static final Logger log = LoggerFactory.getLogger(ContainerRemoval.class);

  private final ContainerIndex index;
  private final ContainerRecords records;
  private final Volumes volumes;
  private final RunPreparation preparation;
  private final LogShipping shipping;
  private final ImageMounts imageMounts;
  private final ContainerNews news;

  ContainerRemoval(
      ContainerIndex index,
      ContainerRecords records,
      Volumes volumes,
      RunPreparation preparation,
      LogShipping shipping,
      ImageMounts imageMounts,
      ContainerNews news) {
    this.imageMounts = imageMounts;
    this.index = index;
    this.records = records;
    this.volumes = volumes;
    this.preparation = preparation;
    this.shipping = shipping;
    this.news = news;
  }

  /**
   * Removes a container.
   *
   * @param force kills it first if it runs
   * @param withVolumes also the volumes that were made for it alone
   * @throws DockerException 409 when it runs and force is off, or it is being removed already
   */
  void remove(DockerContainer container, boolean force, boolean withVolumes) {
    synchronized (container) {
      if (container.removing()) {
        throw DockerException.conflict(
            "removal of container " + container.id() + " is already in progress");
      }
      if (!force) {
        requireStopped(container);
      }
      container.removing(true);
    }
    if (container.isRunning()) {
      news.publish(container, "kill", Map.of("signal", "9"));
    }
    try {
      container.engine().remove();
      forget(container, withVolumes);
    } catch (RuntimeException e) {
      container.removing(false);
      throw e;
    }
  }

  private static void requireStopped(DockerContainer container) {
    String prefix = "cannot remove container \"" + container.name() + "\": container is ";
    switch (ContainerState.word(container)) {
      case "paused" -> throw DockerException.conflict(prefix + "paused and must be unpaused first");
      case "running", "restarting" ->
          throw DockerException.conflict(
              prefix
                  + ContainerState.word(container)
                  + ": stop the container before removing or force remove");
      default -> {
        // It may go.
      }
    }
  }

  private void forget(DockerContainer container, boolean withVolumes) {
    String id = container.id();
    preparation.release(container.engine());
    shipping.removed(id);
    imageMounts.forget(id);
    for (MountPoint mount : container.record().mounts()) {
      if (!mount.type().equals("volume")) {
        continue;
      }
      volumes.release(mount.name(), id);
      if (withVolumes && mount.ownVolume()) {
        removeVolume(mount.name());
      }
    }
    records.remove(id);
    index.remove(id, container.name());
    news.publish(container, "destroy", Map.of());
    container.gone().complete(container.engine().state().exitCode());
  }

  private void removeVolume(String name) {
    try {
      volumes.remove(name);
    } catch (EngineException e) {
      log.debug("Volume {} stays: {}", name, e.getMessage());
    }
  }

  /**
   * Removes a container that has exited. It is gone for all who look when its name, its addresses
   * and its volumes are free; its files are taken away after that.
   */
  void byItself(DockerContainer container) {
    synchronized (container) {
      if (container.removing()) {
        return;
      }
      container.removing(true);
    }
    Thread.ofVirtual()
        .name("docker-remove")
        .start(
            () -> {
              try {
                if (container.isRunning()) {
                  container.engine().stop(Duration.ZERO);
                }
                forget(container, true);
                container.engine().remove();
              } catch (RuntimeException e) {
                log.warn("Container {} is not wholly removed: {}", container.id(), e.getMessage());
              }
            });
  }
}
