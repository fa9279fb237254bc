package dev.mokha.engine.images;

import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.images.PullOptions.Credentials;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The images of an engine.
 *
 * <p>Life of an image: {@link #pull}, {@link #load}, {@link #importArchive} or {@link #compose}
 * puts its blobs into the content store by digest, unpacks its layers into snapshots, and last of
 * all writes the reference; a kill at any point leaves either the image or nothing but unreferenced
 * blobs, which the next start collects. {@link #layers} makes images from layers that containers
 * wrote. {@link #remove} and {@link #delete} take references away, and the content when the last
 * one is gone and no container uses it.
 *
 * <pre>{@code
 * Image image = engine.images().pull("docker.io/library/redis:7", PullOptions.DEFAULT);
 * image.config().entrypoint();
 * }</pre>
 */
public interface Images {
  // --- Looking ---

  /**
   * The image a user means.
   *
   * @param reference {@code name[:tag]}, {@code name@digest}, an image id or the beginning of one;
   *     familiar names are completed as Docker does ({@code redis} is {@code
   *     docker.io/library/redis:latest})
   */
  Optional<Image> find(String reference);

  /**
   * Why the image policy lets no container be made from an image that was pulled: by no name that
   * is allowed, or never with the signature that is wanted. Empty when it does, and for images that
   * were loaded or made here.
   *
   * @param id of an image
   */
  Optional<String> refusal(String id);

  /** All images, those without a name too. */
  List<Image> list();

  /**
   * All that is known of an image.
   *
   * @throws dev.mokha.engine.EngineException NOT_FOUND when there is none
   */
  ImageDetails inspect(String reference);

  /** How an image was made, the last step first. */
  List<HistoryEntry> history(String reference);

  /** The regular files of each layer of an image, lowest first. */
  List<LayerFiles> files(String reference);

  /** Ids of the images that were made here from this one. */
  Set<String> children(String id);

  /** Disk that images use. */
  ImageUsage usage();

  /** Hears of every change; the listener must not block. */
  void onChange(Consumer<ImageEvent> listener);

  // --- From and to registries ---

  /** Fetches an image, layers in parallel, resuming what an earlier try had begun. */
  default Image pull(String reference, PullOptions options) {
    return fetch(reference, options).image();
  }

  /**
   * The same, and says what came of it. Progress tells for each layer, by its short digest: {@code
   * Waiting}, {@code Downloading}, {@code Downloaded}, {@code Unpacking}, {@code Complete}, or
   * {@code Present} for one that is here.
   */
  Pulled fetch(String reference, PullOptions options);

  /**
   * Sends an image to the registry that its name names. What the registry has is not sent again;
   * what another of its repositories has is mounted from there. Progress tells for each layer
   * {@code Preparing}, {@code Pushing}, {@code Pushed}, {@code Mounted} or {@code Present}.
   *
   * @param reference a name of the image
   * @throws dev.mokha.engine.EngineException NOT_FOUND when no image has that name here;
   *     UNAUTHORIZED when the registry refuses the credentials
   */
  Pushed push(String reference, PullOptions options);

  /** The names (complete, with tag) that images of a repository have here. */
  List<String> tagsOf(String repository);

  /** The tags that a repository has at its registry. */
  List<String> remoteTags(String repository, List<Credentials> credentials);

  /** What a name stands for at its registry now. */
  RemoteImage remote(String reference, List<Credentials> credentials);

  /**
   * Asks a registry whether it knows a user.
   *
   * @param registry host and port
   * @throws dev.mokha.engine.EngineException UNAUTHORIZED when it does not
   */
  void authenticate(String registry, Credentials credentials);

  // --- From and to archives ---

  /**
   * Takes all images of an OCI layout (directory or tar) or a {@code docker save} archive.
   *
   * @param reference a name for the image when the archive has none; empty to use the archive's
   */
  List<Image> importArchive(Path archive, String reference, Progress progress);

  /** The same from a stream, a tar compressed or not: what {@code docker load} does. */
  List<Loaded> load(InputStream archive, Progress progress);

  /** Writes an image as an OCI layout in a tar that other tools read. */
  void export(String reference, Path archive);

  /**
   * Writes images as {@code docker save} does: an OCI layout with a manifest.json beside it, in a
   * tar. A repository without tag stands for all its tags; an id brings no name with it.
   */
  void save(List<String> references, OutputStream out);

  /** Makes an image of a tar of a root file system, compressed or not. */
  Image importRoot(InputStream tar, ImportSpec spec);

  /** Builds a minimal image from Debian packages; see {@link ComposeSpec}. */
  Image compose(ComposeSpec spec, Progress progress);

  // --- From containers ---

  /** Makes images layer by layer; see {@link LayerSession}. */
  LayerSession layers();

  /** Makes an image of a container's changes, while it runs or not. */
  Image commit(CommitSpec spec);

  /** What a container changed, in the order of the paths. */
  List<FileChange> changes(String containerId);

  /**
   * Writes a root file system as a plain tar: what {@code docker export} does.
   *
   * @param root where it is mounted; see {@code Container.tree}
   * @param users under which ids its files show there; they are written as those inside
   */
  void exportRoot(Path root, UserMapping users, OutputStream out);

  /** The same of one whose files show the ids they have inside. */
  default void exportRoot(Path root, OutputStream out) {
    exportRoot(root, UserMapping.HOST, out);
  }

  // --- Names and removal ---

  /** Gives an image one more reference. */
  Image tag(String existing, String reference);

  /**
   * Takes a reference away; by id or digest, all of them. What a container uses stays, nameless.
   *
   * @return the ids of the images that are now gone altogether
   */
  List<String> remove(String reference);

  /**
   * Removes by Docker's rules: a name that is not the last one is only taken away; by id, an image
   * with names in several repositories is refused; so is one that a container uses or that another
   * image was made from.
   *
   * @param force also an image that a stopped container uses, and all names at once
   * @param prune also the nameless images it was made from
   * @return what is gone
   * @throws dev.mokha.engine.EngineException NOT_FOUND, or CONFLICT with Docker's words
   */
  List<Removal> delete(String reference, boolean force, boolean prune);

  /** Removes images that no reference names and no container uses; the bytes freed. */
  default long prune() {
    return prune(PruneFilter.DANGLING).bytes();
  }

  /** Removes the images of a filter that no container uses. */
  Pruned prune(PruneFilter filter);

  /**
   * Names someone else who needs layers that no image has, such as a build's cache. The engine
   * collects when it opens: who remembers layers from one run to the next must be named before that
   * ({@code LocalEngine} does it).
   *
   * @param chainIds asked at each collection
   */
  void keep(Supplier<Set<String>> chainIds);

  /**
   * Returns when every layer that was made so far is on the disk. Images are when they are created;
   * whoever writes down layers elsewhere calls this before.
   */
  void settle();

  // --- Trust ---

  /**
   * Verifies every blob and every unpacked layer of every image.
   *
   * @param repair whether to unpack damaged layers again, and to fetch damaged blobs anew from the
   *     registries their images came from
   * @return what is wrong; empty when all is well
   */
  List<Finding> check(boolean repair, Progress progress);
}
