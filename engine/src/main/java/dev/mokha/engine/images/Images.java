package dev.mokha.engine.images;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The images of an engine.
 *
 * <p>Life of an image: {@link #pull}, {@link #importArchive} or {@link #compose} puts its blobs
 * into the content store by digest, unpacks its layers into snapshots, and last of all writes the
 * reference; a kill at any point leaves either the image or nothing but unreferenced blobs, which
 * the next start collects. {@link #remove} takes a reference away, and the content when the last
 * one is gone and no container uses it.
 *
 * <pre>{@code
 * Image image = engine.images().pull("docker.io/library/redis:7", PullOptions.DEFAULT);
 * image.config().entrypoint();
 * }</pre>
 */
public interface Images {
  /**
   * The image a user means.
   *
   * @param reference {@code name[:tag]}, {@code name@digest}, an image id or the beginning of one;
   *     familiar names are completed as Docker does ({@code redis} is {@code
   *     docker.io/library/redis:latest})
   */
  Optional<Image> find(String reference);

  /** All images. */
  List<Image> list();

  /** Fetches an image, layers in parallel, resuming what an earlier try had begun. */
  Image pull(String reference, PullOptions options);

  /**
   * Takes all images of an OCI layout (directory or tar) or a {@code docker save} archive.
   *
   * @param reference a name for the image when the archive has none; empty to use the archive's
   */
  List<Image> importArchive(Path archive, String reference, Progress progress);

  /** Builds a minimal image from Debian packages; see {@link ComposeSpec}. */
  Image compose(ComposeSpec spec, Progress progress);

  /** Writes an image as an OCI layout in a tar that other tools read. */
  void export(String reference, Path archive);

  /** Gives an image one more reference. */
  Image tag(String existing, String reference);

  /**
   * Takes a reference away; by id or digest, all of them.
   *
   * @return the ids of the images that are now gone altogether
   */
  List<String> remove(String reference);

  /** Removes images that no reference names and no container uses; the bytes freed. */
  long prune();
}
