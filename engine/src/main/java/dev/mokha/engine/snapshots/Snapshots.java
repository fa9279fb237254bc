package dev.mokha.engine.snapshots;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Overlay;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The unpacked layers and the containers' root file systems.
 *
 * <p>A layer lies in {@code layers/CHAIN/fs}, once, however many images and containers use it; its
 * chain id names it together with all below (OCI image spec, section ChainID). A container's own
 * changes lie in {@code containers/ID/upper}; {@link #mount} shows both as one. Between them lie
 * the files that other things are mounted on ({@code containers/ID/points}), so that these never
 * show as changes.
 */
public final class Snapshots {
  /** What a container wrote must be readable without the layers below: it may become a layer. */
  private static final List<String> PLAIN_UPPER = List.of("redirect_dir=off", "metacopy=off");

  private final Path containers;
  private final Path work;
  private final Layers layers;

  /** Snapshots in a directory, made when missing; what a killed daemon left half-made goes. */
  public Snapshots(Path root) throws IOException {
    Files.createDirectories(root);
    this.work = root.resolve("work");
    DurableFiles.delete(work);
    this.containers = Files.createDirectories(root.resolve("containers"));
    this.layers = new Layers(root);
  }

  /** The unpacked layers. */
  public Layers layers() {
    return layers;
  }

  /** The chain ids of an image's layers, lowest first. */
  public static List<String> chainIds(List<String> diffIds) {
    List<String> chain = new ArrayList<>();
    for (String diffId : diffIds) {
      chain.add(chain.isEmpty() ? diffId : Digest.of(chain.getLast() + " " + diffId).toString());
    }
    return chain;
  }

  /** Makes the place for a container's own changes, empty. */
  public void prepare(String id) throws IOException {
    Files.createDirectories(containers.resolve(id).resolve("upper"));
  }

  /**
   * Mounts a container's root file system.
   *
   * @param id the container
   * @param diffIds the image's layers, lowest first; they must be unpacked
   * @param target where; made when missing
   * @param lasting whether what the container writes must survive a power cut; else nothing is ever
   *     synced, which makes removal fast
   */
  public void mount(String id, List<String> diffIds, Path target, boolean lasting)
      throws IOException {
    mount(containers.resolve(id), diffIds, target, lasting, true, Snapshots::overlay);
  }

  /** The same, mounted in another way. */
  public void mount(
      String id, List<String> diffIds, Path target, boolean lasting, RootMounter mounter)
      throws IOException {
    mount(containers.resolve(id), diffIds, target, lasting, true, mounter);
  }

  private static void overlay(List<Path> lower, Path own, Path target, List<String> options) {
    Overlay.mount(lower, own.resolve("upper"), own.resolve("work"), target, options);
  }

  /**
   * The same for something that is no container, with its own changes in another directory.
   *
   * @param points whether there is something to mount on for what a runtime mounts
   */
  private void mount(
      Path own,
      List<String> diffIds,
      Path target,
      boolean lasting,
      boolean points,
      RootMounter mounter)
      throws IOException {
    Files.createDirectories(own.resolve("upper"));
    Path work = Files.createDirectories(own.resolve("work"));
    // An overlay mounted "volatile" leaves this mark and refuses to be mounted again with it.
    DurableFiles.delete(work.resolve("work/incompat"));
    List<Path> lower = new ArrayList<>();
    Path base = own.resolve("points");
    if (points && diffIds.size() < Layers.MAX_STACK && !Files.isDirectory(base)) {
      layers.stack(chainIds(diffIds).reversed()).mountPoints(Files.createDirectories(base));
    } else if (diffIds.isEmpty()) {
      Files.createDirectories(base); // an overlay of nothing can't be
    }
    if (Files.isDirectory(base)) {
      lower.add(base);
    }
    for (String chainId : chainIds(diffIds).reversed()) {
      lower.add(layers.directory(chainId));
    }
    Files.createDirectories(target);
    List<String> options = new ArrayList<>(PLAIN_UPPER);
    if (!lasting) {
      options.add("volatile");
    }
    mounter.mount(lower, own, target, options);
  }

  /** Where a container's own changes are, in overlayfs' form. */
  public Path upper(String id) {
    return containers.resolve(id).resolve("upper");
  }

  /**
   * A fresh writable tree on layers, for work that is no container's. It does not outlive the
   * daemon.
   *
   * @param name unique
   */
  public Path mountWork(String name, List<String> diffIds, Path target) throws IOException {
    return mountWork(name, diffIds, target, true);
  }

  /** The same to look at: there is nothing in it but what the layers have. */
  public Path mountView(String name, List<String> diffIds, Path target) throws IOException {
    return mountWork(name, diffIds, target, false);
  }

  private Path mountWork(String name, List<String> diffIds, Path target, boolean points)
      throws IOException {
    Path own = Files.createDirectories(work.resolve(name));
    mount(own, diffIds, target, false, points, Snapshots::overlay);
    return own.resolve("upper");
  }

  /** Removes what is left of a tree that is not mounted any more. */
  public void removeWork(String name) throws IOException {
    DurableFiles.delete(work.resolve(name));
  }

  /** Takes the mount away, whatever is mounted on it; nothing happens when there is none. */
  public void unmount(Path target) {
    while (Mounts.unmount(target)) {
      continue;
    }
  }

  /** Removes a container's own changes. */
  public void remove(String id) throws IOException {
    DurableFiles.delete(containers.resolve(id));
  }

  /** The containers that have something here. */
  public List<String> containerIds() throws IOException {
    List<String> ids = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(containers)) {
      stream.forEach(path -> ids.add(path.getFileName().toString()));
    }
    return ids;
  }

  /** Disk used by a container's own changes, in bytes; walks all of them. */
  public long usage(String id) {
    long[] total = new long[1];
    try {
      Files.walkFileTree(
          containers.resolve(id).resolve("upper"),
          Set.of(),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                total[0] += attributes.size();
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "The disk use of container " + id + " can't be read", e);
    }
    return total[0];
  }
}
