package dev.mokha.engine.slim;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerFiles;
import dev.mokha.engine.slim.SlimReport.LayerUse;
import dev.mokha.engine.slim.SlimReport.UnusedFile;
import dev.mokha.linux.FileOpens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a container of an image, with no network but its own loopback, and notes which files are
 * opened. A run is only as good as what it does: give a command that exercises the program.
 *
 * <pre>{@code
 * SlimReport report = new ImageSlim(images, containers)
 *     .run("app:1", List.of("/app/selftest"), Duration.ofSeconds(30));
 * }</pre>
 */
public final class ImageSlim {
  /** Who the container belongs to. */
  public static final String OWNER = "slim";

  private final Images images;
  private final Containers containers;

  /** One for an engine. */
  public ImageSlim(Images images, Containers containers) {
    this.images = requireNonNull(images);
    this.containers = requireNonNull(containers);
  }

  /**
   * Runs it.
   *
   * @param reference the image
   * @param command what to run; empty for what the image says
   * @param limit how long at most
   */
  public SlimReport run(String reference, List<String> command, Duration limit) {
    Image image =
        images
            .find(reference)
            .orElseThrow(
                () ->
                    new EngineException(
                        EngineException.Code.NOT_FOUND,
                        "No such image: " + reference + "; pull or import it"));
    Container container = containers.create(spec(image, command));
    try (Container.Tree tree = container.tree();
        FileOpens opens = FileOpens.of(tree.root())) {
      long began = System.nanoTime();
      CompletableFuture<Container.State> end = container.nextExit();
      container.start();
      int code = await(end, limit, opens);
      Duration watched = Duration.ofNanos(System.nanoTime() - began);
      return report(image, opens.paths(), watched, code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "The run was interrupted", e);
    } finally {
      container.remove();
    }
  }

  private static ContainerSpec spec(Image image, List<String> command) {
    List<String> args = new ArrayList<>(command);
    if (args.isEmpty()) {
      args.addAll(image.config().entrypoint());
      args.addAll(image.config().cmd());
    }
    if (args.isEmpty()) {
      throw new EngineException(
          EngineException.Code.INVALID, "The image names no command; give one to run");
    }
    return ContainerSpec.builder()
        .owner(OWNER)
        .image(image.id())
        .args(args)
        .env(image.config().env())
        .workingDir(image.config().workingDir())
        .user(new ContainerSpec.User(image.config().user(), List.of()))
        .build();
  }

  /** The exit code; -1 when the time was up first. */
  private static int await(CompletableFuture<Container.State> end, Duration limit, FileOpens opens)
      throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      long left = deadline - System.nanoTime();
      try {
        // The kernel keeps a note for each opening: they are fetched now and then.
        return end.get(Math.clamp(left, 1, 500_000_000L), TimeUnit.NANOSECONDS).exitCode();
      } catch (TimeoutException e) {
        opens.paths();
        if (left <= 0) {
          return -1; // whoever removes it ends it
        }
      } catch (ExecutionException e) {
        throw new EngineException(
            EngineException.Code.RUNTIME, "The container ended: " + e.getCause().getMessage(), e);
      }
    }
  }

  private SlimReport report(Image image, Set<String> opened, Duration watched, int code) {
    List<LayerUse> layers = new ArrayList<>();
    for (LayerFiles layer : images.files(image.id())) {
      List<UnusedFile> unused = new ArrayList<>();
      long openedBytes = 0;
      long openedFiles = 0;
      long hidden = 0;
      for (LayerFiles.Entry file : layer.files()) {
        if (!file.visible()) {
          hidden += file.bytes();
        } else if (opened.contains(file.path())) {
          openedBytes += file.bytes();
          openedFiles++;
        } else {
          unused.add(new UnusedFile(file.path(), file.bytes()));
        }
      }
      unused.sort(Comparator.comparingLong(UnusedFile::bytes).reversed());
      layers.add(
          new LayerUse(
              layer.diffId(),
              layer.createdBy(),
              layer.files().stream().mapToLong(LayerFiles.Entry::bytes).sum(),
              layer.files().size(),
              openedBytes,
              openedFiles,
              hidden,
              unused));
    }
    return new SlimReport(image.id(), layers, watched, code);
  }
}
