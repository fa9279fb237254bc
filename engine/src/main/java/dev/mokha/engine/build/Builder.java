package dev.mokha.engine.build;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.checks.Warning;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.images.Image;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Builds images from Dockerfiles, and keeps the cache of what was built.
 *
 * <p>Life of a build: the context is read and its files hashed; the Dockerfile is parsed, and the
 * stages that the target needs are put in a graph; stages run side by side where they do not need
 * each other; each step is looked up in the cache by its content and, when it is not there, carried
 * out and put there; last of all the image is registered under its names. What is half-made when a
 * build fails, is interrupted or the daemon is killed leaves no container, mount or lease behind;
 * steps that were done stay in the cache.
 *
 * <pre>{@code
 * BuildRequest request =
 *     BuildRequest.of(new BuildContext.Directory(path)).names(List.of("shop:1")).build();
 * String id = engine.builder().build(request, new ClassicProgress(sink));
 * }</pre>
 */
public interface Builder {
  /**
   * Builds. Blocks until done; interrupt the thread to cancel.
   *
   * @param output hears what happens, from one thread at a time
   * @return the image's id
   * @throws BuildException when the Dockerfile is wrong or a step fails, with Docker's text
   * @throws EngineException when an image can't be had, space is short, or the build was
   *     interrupted
   */
  String build(BuildRequest request, BuildOutput output);

  /**
   * Builds, and leaves to the caller what becomes of it: an image, files, or nothing but what is in
   * the cache now. {@link BuildRequest#names} are not looked at.
   *
   * <pre>{@code
   * try (Result result = builder.solve(request, output)) {
   *   copy(result.root(), destination);
   * }
   * }</pre>
   *
   * @throws BuildException as {@link #build} does
   * @throws EngineException as {@link #build} does
   */
  Result solve(BuildRequest request, BuildOutput output);

  /** What a build came to. Its layers and mounts stay until it is closed. */
  interface Result extends AutoCloseable {
    /** Whether there is nothing in it, not even an instruction: the target is {@code scratch}. */
    boolean empty();

    /** The image's configuration, as JSON. */
    String configuration();

    /** Digests of its layers unpacked, lowest first. */
    List<String> layers();

    /**
     * Where its files are mounted, to be read.
     *
     * @throws EngineException when they can't be mounted
     */
    Path root();

    /**
     * The same files as a tree; closed with this.
     *
     * @throws EngineException when they can't be mounted
     */
    FileTree files();

    /**
     * Puts an image of it on record.
     *
     * @param names {@code name[:tag]} it gets
     * @throws BuildException when it is {@link #empty}
     */
    Image register(List<String> names);

    /** Lets go of everything; does nothing the second time. */
    @Override
    void close();
  }

  /**
   * Looks at a Dockerfile with Docker's rules ("build checks"). Nothing is built or fetched but the
   * context.
   */
  Checked check(BuildRequest request);

  /** What the cache holds, the least recently used first. */
  List<CacheEntry> cache();

  /**
   * Removes from the cache what no build under way uses.
   *
   * @param unusedSince only what was not used since; null for all
   * @param all also what images are made of; else only what would free space
   * @param keepBytes stops when no more than that is left
   * @return what went
   */
  Pruned prune(Instant unusedSince, boolean all, long keepBytes);

  /** Names who connects RUN steps to networks; before that they have none but {@code host}. */
  void connectWith(BuildNetwork network);

  /**
   * One step's result, or a cache mount.
   *
   * @param id its key in the cache
   * @param parents the keys it builds on
   * @param type {@code regular}, or {@code exec.cachemount}, as Docker calls them
   * @param description the instruction, or the mount's id
   * @param bytes on disk
   * @param created when it was made
   * @param lastUsed when a build last took it
   * @param uses how often
   * @param inUse whether a build under way uses it
   * @param shared whether an image holds its layer too, so that removal frees nothing
   */
  record CacheEntry(
      String id,
      List<String> parents,
      String type,
      String description,
      long bytes,
      Instant created,
      Instant lastUsed,
      int uses,
      boolean inUse,
      boolean shared) {
    /** Copies the parents. */
    public CacheEntry {
      parents = List.copyOf(parents);
    }
  }

  /** What was removed: ids, and bytes freed. */
  record Pruned(List<String> ids, long bytes) {
    /** Copies the ids. */
    public Pruned {
      ids = List.copyOf(ids);
    }
  }

  /**
   * What is to be said of a Dockerfile.
   *
   * @param name the Dockerfile's path
   * @param text its text
   * @param warnings what rules say, in the order of lines
   * @param error whether the Dockerfile wants warnings to be errors
   * @param failure why it can't be read; null when it can
   */
  record Checked(
      String name, String text, List<Warning> warnings, boolean error, BuildException failure) {
    /** Copies the warnings. */
    public Checked {
      warnings = List.copyOf(warnings);
    }
  }
}
