package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.FileChange.Kind;
import dev.mokha.engine.images.ImageUse.User;
import dev.mokha.engine.snapshots.LayerStack;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.snapshots.TreeArchive;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Images of what containers wrote, and of root file systems as a whole. */
final class ContainerImages {
  private final ContentStore content;
  private final Snapshots snapshots;
  private final ImageRecords records;
  private final Supplier<ImageUse> use;

  ContainerImages(
      ContentStore content, Snapshots snapshots, ImageRecords records, Supplier<ImageUse> use) {
    this.content = content;
    this.snapshots = snapshots;
    this.records = records;
    this.use = use;
  }

  // --- Commit and import ---

  Image commit(CommitSpec spec, Leases.Lease lease) throws IOException {
    User container = container(spec.containerId());
    Snapshots.chainIds(container.diffIds()).forEach(lease::add);
    Layers.Made made;
    try (InputStream tar = archive(snapshots.upper(container.containerId()))) {
      made = snapshots.layers().adopt(tar, container.diffIds(), lease);
    }
    ObjectNode configuration = base(container.imageId());
    Instant now = Instant.now();
    configuration.put("created", now.toString());
    put(configuration, "author", spec.author());
    put(configuration, "comment", spec.comment());
    configuration.put("container", container.containerId());
    configuration.set("config", spec.config().deepCopy());
    ObjectNode step = history(configuration).addObject();
    step.put("created", now.toString());
    put(step, "author", spec.author());
    put(step, "created_by", spec.createdBy());
    put(step, "comment", spec.comment());
    List<String> diffIds = new ArrayList<>(container.diffIds());
    if (made.empty()) {
      step.put("empty_layer", true);
    } else {
      diffIds.add(made.diffId());
    }
    return records.create(
        new NewImage(configuration, diffIds, names(spec.reference()), container.imageId()), lease);
  }

  Image importRoot(InputStream tar, ImportSpec spec, Leases.Lease lease) throws IOException {
    Layers.Made made = snapshots.layers().adopt(tar, List.of(), lease);
    ObjectNode configuration = JsonMapper.shared().createObjectNode();
    String[] platform = spec.platform().split("/", -1);
    Instant now = Instant.now();
    configuration.put("created", now.toString());
    configuration.put("architecture", platform.length > 1 ? platform[1] : Manifest.architecture());
    configuration.put("os", platform[0].isEmpty() ? "linux" : platform[0]);
    if (platform.length > 2) {
      configuration.put("variant", platform[2]);
    }
    put(configuration, "comment", spec.message());
    configuration.set("config", spec.config().deepCopy());
    ObjectNode step = history(configuration).addObject().put("created", now.toString());
    put(step, "comment", spec.message());
    return records.create(
        new NewImage(configuration, List.of(made.diffId()), names(spec.reference()), ""), lease);
  }

  private static List<String> names(String reference) {
    return reference.isEmpty() ? List.of() : List.of(reference);
  }

  /** The configuration of the image a container was made from; its blob stays while it is used. */
  private ObjectNode base(String imageId) throws IOException {
    if (!imageId.isEmpty() && content.contains(Digest.parse(imageId))) {
      return ImageConfigs.tree(content.read(Digest.parse(imageId), ImageConfigs.MAX_BYTES));
    }
    return JsonMapper.shared()
        .createObjectNode()
        .put("architecture", Manifest.architecture())
        .put("os", "linux");
  }

  private static ArrayNode history(ObjectNode configuration) {
    return configuration.get("history") instanceof ArrayNode steps
        ? steps
        : configuration.putArray("history");
  }

  private static void put(ObjectNode node, String key, String value) {
    if (value.isEmpty()) {
      node.remove(key);
    } else {
      node.put(key, value);
    }
  }

  /**
   * A directory in overlayfs' form, read as a layer's tar while it is written on another thread.
   */
  private static InputStream archive(Path upper) throws IOException {
    Pipe pipe = Pipe.open();
    CompletableFuture<Void> written = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (OutputStream out =
                  new BufferedOutputStream(Channels.newOutputStream(pipe.sink()), 1 << 16)) {
                TreeArchive archive = new TreeArchive(out, TreeArchive.Form.LAYER);
                archive.addContents(upper, "");
                archive.finish();
                written.complete(null);
              } catch (Throwable t) {
                written.completeExceptionally(t);
              }
            });
    return new FilterInputStream(Channels.newInputStream(pipe.source())) {
      @Override
      public int read() throws IOException {
        return checked(super.read());
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return checked(super.read(bytes, offset, length));
      }

      /** A tar that ends because its writer failed must not pass for a short one. */
      private int checked(int n) throws IOException {
        if (n < 0) {
          try {
            written.join();
          } catch (CompletionException e) {
            throw new IOException(
                "The container's files can't be read: " + e.getCause().getMessage(), e.getCause());
          }
        }
        return n;
      }
    };
  }

  private User container(String id) {
    return use.get().users().stream()
        .filter(user -> user.containerId().equals(id))
        .findFirst()
        .orElseThrow(
            () -> new EngineException(EngineException.Code.NOT_FOUND, "No such container: " + id));
  }

  // --- Changes ---

  List<FileChange> changes(String containerId) throws IOException {
    User container = container(containerId);
    List<FileChange> changes = new ArrayList<>();
    Path upper = snapshots.upper(containerId);
    if (Files.isDirectory(upper)) {
      collect(
          upper,
          Path.of(""),
          snapshots.layers().stack(Snapshots.chainIds(container.diffIds()).reversed()),
          true,
          changes);
    }
    return changes;
  }

  /**
   * Adds what is changed in a directory.
   *
   * @param below whether the layers below show through
   */
  private void collect(
      Path directory, Path relative, LayerStack lower, boolean below, List<FileChange> changes)
      throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(path -> names.add(path.getFileName().toString()));
    } catch (NoSuchFileException gone) {
      return; // by a running container
    }
    TreeSet<String> all = new TreeSet<>(names);
    if (!below) {
      all.addAll(lower.children(relative));
    }
    for (String name : all) {
      Path path = relative.resolve(name);
      Optional<Path> old = lower.find(path);
      if (!names.contains(name)) {
        changes.add(new FileChange(Kind.DELETED, "/" + path));
        continue;
      }
      Path own = directory.resolve(name);
      if (!Files.exists(own, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (LayerStack.isWhiteout(own)) {
        if (old.isPresent()) {
          changes.add(new FileChange(Kind.DELETED, "/" + path));
        }
        continue;
      }
      int at = changes.size();
      boolean directories =
          Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS)
              && old.isPresent()
              && Files.isDirectory(old.get(), LinkOption.NOFOLLOW_LINKS);
      if (Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS)) {
        collect(own, path, lower, !(directories && TreeArchive.isOpaque(own)), changes);
      }
      if (old.isEmpty()) {
        changes.add(at, new FileChange(Kind.ADDED, "/" + path));
      } else if (!directories || changes.size() > at || !isSame(own, old.get())) {
        changes.add(at, new FileChange(Kind.MODIFIED, "/" + path));
      }
    }
  }

  /** A directory that overlayfs copied up only for what is in it has not changed. */
  private static boolean isSame(Path one, Path other) throws IOException {
    String wanted = "unix:mode,uid,gid,lastModifiedTime";
    Map<String, Object> a = Files.readAttributes(one, wanted, LinkOption.NOFOLLOW_LINKS);
    return a.equals(Files.readAttributes(other, wanted, LinkOption.NOFOLLOW_LINKS));
  }
}
