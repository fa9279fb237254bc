package dev.mokha.engine.build;

import dev.mokha.engine.EngineException;
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
}
