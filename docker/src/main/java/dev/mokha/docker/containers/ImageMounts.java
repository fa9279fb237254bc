package dev.mokha.docker.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpec.Mount;
import dev.mokha.engine.snapshots.RootedTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images whose files containers see (mounts of type {@code image}, Docker API 1.48).
 *
 * <p>Each is held by a container of the engine that never runs: so nobody removes the image, and
 * its root can be mounted. That is mounted for the moment of a start only: the container's own
 * mount, in its own namespace, keeps the files.
 */
final class ImageMounts {
  /** The engine's name for whose the holders are. */
  private static final String OWNER = "docker-image-mount";

  private static final String FOR = "container";
  private static final Logger log = LoggerFactory.getLogger(ImageMounts.class);

  private final Engine engine;
  private final Map<String, List<Container.Tree>> open = new ConcurrentHashMap<>();

  ImageMounts(Engine engine) {
    this.engine = requireNonNull(engine);
  }

  /** Holds the images that a container mounts, until {@link #forget}. */
  void hold(ContainerRecord record) {
    record.mounts().stream()
        .filter(mount -> mount.type().equals("image"))
        .map(MountPoint::source)
        .distinct()
        .forEach(
            image ->
                engine
                    .containers()
                    .create(
                        ContainerSpec.builder()
                            .owner(OWNER)
                            .labels(Map.of(FOR, record.id()))
                            .image(image)
                            .args(List.of("none"))
                            .build()));
  }

  /** What to mount for a run; {@link #close} it when the container has it. */
  Mount mount(MountPoint mount, String container) {
    Container holder =
        holders(container).stream()
            .filter(one -> one.spec().image().equals(mount.source()))
            .findFirst()
            .orElseThrow(() -> DockerException.notFound("No such image: " + mount.name()));
    Container.Tree tree = holder.tree();
    open.computeIfAbsent(container, id -> new ArrayList<>()).add(tree);
    return new Mount(
        part(tree.root(), mount).toString(),
        mount.destination(),
        "bind",
        true,
        false,
        "private",
        List.of());
  }

  private static Path part(Path root, MountPoint mount) {
    if (mount.subpath().isEmpty()) {
      return root;
    }
    try {
      Path found = new RootedTree(root).find(mount.subpath());
      if (found != null) {
        return found;
      }
    } catch (IOException e) {
      throw new DockerException(
          500, "cannot access path " + mount.subpath() + ": " + e.getMessage(), e);
    }
    throw new DockerException(
        500,
        "cannot access path "
            + mount.subpath()
            + ": no such file or directory in image "
            + mount.name());
  }

  private List<Container> holders(String container) {
    return engine.containers().list(OWNER).stream()
        .filter(one -> container.equals(one.spec().labels().get(FOR)))
        .toList();
  }

  /** The run has begun, or failed: its mounts are its own. */
  void close(String container) {
    List<Container.Tree> trees = open.remove(container);
    if (trees != null) {
      trees.forEach(Container.Tree::close);
    }
  }

  /** A container is gone. */
  void forget(String container) {
    close(container);
    holders(container).forEach(Container::remove);
  }

  /** Lets go of what a killed daemon held for containers that are not there. */
  void retain(Predicate<String> present) {
    for (Container holder : engine.containers().list(OWNER)) {
      if (!present.test(holder.spec().labels().getOrDefault(FOR, ""))) {
        log.info("Image {} is held by nobody any more", holder.spec().image());
        holder.remove();
      }
    }
  }
}
