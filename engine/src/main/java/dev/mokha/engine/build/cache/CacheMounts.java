package dev.mokha.engine.build.cache;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The directories that {@code RUN --mount=type=cache} keeps from build to build, by id. {@code
 * shared} ones are used by several steps at once; of {@code private} ones each step gets another
 * when one is taken; {@code locked} ones are waited for.
 */
public final class CacheMounts {
  private static final int FORMAT = 1;
  private static final String ABOUT = "about.json";

  private final Path directory;
  private final Map<String, Integer> users = new HashMap<>();

  /**
   * A directory on record.
   *
   * @param format of the record
   * @param id what Dockerfiles call it
   * @param sharing how it may be used
   * @param created when it was made
   * @param lastUsed when a step last took it
   * @param uses how often
   */
  public record About(
      int format, String id, String sharing, Instant created, Instant lastUsed, int uses) {}

  /**
   * A directory as it is listed.
   *
   * @param name its name here
   * @param about what is on record
   * @param bytes of its files
   * @param inUse whether a step uses it
   */
  public record Listed(String name, About about, long bytes, boolean inUse) {}

  /** A directory in use; close it when the step is done. */
  public final class Use implements AutoCloseable {
    private final String name;
    private final boolean fresh;
    private boolean closed;

    private Use(String name, boolean fresh) {
      this.name = name;
      this.fresh = fresh;
    }

    /** The directory. */
    public Path path() {
      return directory.resolve(name).resolve("fs");
    }

    /** Whether it is new, and may be filled with what the mount names as its source. */
    public boolean isFresh() {
      return fresh;
    }

    @Override
    public void close() {
      synchronized (users) {
        if (!closed) {
          closed = true;
          users.computeIfPresent(name, (k, n) -> n == 1 ? null : n - 1);
          users.notifyAll();
        }
      }
    }
  }

  /** The directories below one, made when missing. */
  public CacheMounts(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  /**
   * Takes one.
   *
   * @param sharing {@code shared}, {@code private} or {@code locked}
   */
  public Use take(String id, String sharing) throws IOException, InterruptedException {
    synchronized (users) {
      String base = Digest.of(id).hex().substring(0, 32);
      String name = base;
      switch (sharing) {
        case "locked" -> {
          while (users.containsKey(name)) {
            users.wait();
          }
        }
        case "private" -> {
          for (int i = 1; users.containsKey(name); i++) {
            name = base + "-" + i;
          }
        }
        default -> {
          // Anyone may come.
        }
      }
      Path home = directory.resolve(name);
      boolean fresh = !Files.isDirectory(home.resolve("fs"));
      About old = fresh ? null : read(home);
      Instant now = Instant.now();
      About about =
          old == null
              ? new About(FORMAT, id, sharing, now, now, 1)
              : new About(FORMAT, id, sharing, old.created(), now, old.uses() + 1);
      Files.createDirectories(home);
      DurableFiles.replace(
          home.resolve(ABOUT), JsonMapper.shared().writeValueAsBytes(about), false);
      Files.createDirectories(home.resolve("fs"));
      users.merge(name, 1, Integer::sum);
      return new Use(name, fresh);
    }
  }

  private static About read(Path home) throws IOException {
    try {
      return JsonMapper.shared().readValue(Files.readAllBytes(home.resolve(ABOUT)), About.class);
    } catch (JacksonException | NoSuchFileException e) {
      return null;
    }
  }

  /** All of them; walks their files. */
  public List<Listed> list() {
    List<Listed> all = new ArrayList<>();
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(directory)) {
      for (Path home : homes) {
        String name = home.getFileName().toString();
        About about = read(home);
        if (about != null) {
          boolean used;
          synchronized (users) {
            used = users.containsKey(name);
          }
          all.add(new Listed(name, about, bytes(home.resolve("fs")), used));
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The builds' cache mounts can't be listed: " + e.getMessage(),
          e);
    }
    return all;
  }

  private static long bytes(Path root) throws IOException {
    long[] total = new long[1];
    if (Files.isDirectory(root)) {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              total[0] += attributes.isRegularFile() ? attributes.size() : 0;
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    }
    return total[0];
  }

  /** Removes one that no step uses. */
  public boolean remove(String name) throws IOException {
    synchronized (users) {
      if (users.containsKey(name)) {
        return false;
      }
      DurableFiles.delete(directory.resolve(name));
      return true;
    }
  }
}
