package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Layers made in the snapshots, held by one lease. */
final class LocalLayerSession implements LayerSession {
  private static final AtomicLong SEQUENCE = new AtomicLong();

  private final ImageRecords records;
  private final Snapshots snapshots;
  private final Leases.Lease lease;
  private final Path mounts;
  private final Consumer<Image> onCreate;
  private final Set<Tree> trees = ConcurrentHashMap.newKeySet();

  /**
   * A session.
   *
   * @param mounts where trees are mounted
   * @param onCreate hears of each image
   */
  LocalLayerSession(
      ImageRecords records,
      Snapshots snapshots,
      Leases leases,
      Path mounts,
      Consumer<Image> onCreate) {
    this.records = records;
    this.snapshots = snapshots;
    this.lease = leases.take();
    this.mounts = mounts;
    this.onCreate = onCreate;
  }

  @Override
  public Image hold(String reference) {
    return records.hold(reference, lease);
  }

  @Override
  public boolean hold(List<String> diffIds) {
    List<String> chain = Snapshots.chainIds(diffIds);
    chain.forEach(lease::add);
    return chain.stream().allMatch(snapshots.layers()::contains);
  }

  @Override
  public WorkTree mount(List<String> diffIds) {
    return tree(diffIds, true);
  }

  @Override
  public WorkTree view(List<String> diffIds) {
    return tree(diffIds, false);
  }

  private WorkTree tree(List<String> diffIds, boolean work) {
    if (!hold(diffIds)) {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "A layer to work on is not here any more; begin again");
    }
    return Failures.guarded("mount a work tree", () -> new Tree(List.copyOf(diffIds), work));
  }

  @Override
  public NewLayer unpack(InputStream tar, List<String> below) {
    return Failures.guarded(
        "unpack a layer", () -> layer(snapshots.layers().adopt(tar, below, lease)));
  }

  @Override
  public NewLayer squash(List<String> diffIds, int keep) {
    hold(diffIds);
    return Failures.guarded(
        "squash layers", () -> layer(snapshots.layers().squash(diffIds, keep, lease)));
  }

  @Override
  public Image create(NewImage image) {
    return Failures.guarded(
        "put an image on record",
        () -> {
          Image created = records.create(image, lease);
          onCreate.accept(created);
          return created;
        });
  }

  @Override
  public void close() {
    trees.forEach(Tree::close);
    lease.close();
  }

  private static NewLayer layer(Layers.Made made) {
    return new NewLayer(made.diffId(), made.chainId(), made.size(), made.empty());
  }

  private final class Tree implements WorkTree {
    private final List<String> below;
    private final String name;
    private final Path target;
    private final Path upper;
    private boolean closed;

    Tree(List<String> below, boolean work) throws IOException {
      this.below = requireNonNull(below);
      this.name = Long.toString(SEQUENCE.incrementAndGet());
      this.target = mounts.resolve(name);
      trees.add(this);
      try {
        this.upper =
            work
                ? snapshots.mountWork(name, below, target)
                : snapshots.mountView(name, below, target);
      } catch (IOException | RuntimeException e) {
        close();
        throw e;
      }
    }

    @Override
    public Path root() {
      return target;
    }

    @Override
    public Path upper() {
      return upper;
    }

    @Override
    public synchronized NewLayer commit(Optional<Instant> clamp) {
      if (closed) {
        throw new IllegalStateException("The tree is closed");
      }
      return Failures.guarded(
          "make a layer",
          () -> {
            snapshots.unmount(target);
            NewLayer made = layer(snapshots.layers().adopt(upper, below, clamp, lease));
            close();
            return made;
          });
    }

    @Override
    public synchronized void close() {
      if (closed) {
        return;
      }
      closed = true;
      trees.remove(this);
      Failures.guarded(
          "remove a work tree",
          () -> {
            snapshots.unmount(target);
            Files.deleteIfExists(target);
            snapshots.removeWork(name);
            return null;
          });
    }
  }
}
