package dev.mokha.engine.snapshots;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A directory whose content nobody trusts. Paths are resolved as if it were {@code /}: absolute
 * links start at it, {@code ..} ends at it, and nothing outside is ever looked at.
 *
 * <p>That holds as long as no one else changes the tree meanwhile. Trees are filled below a
 * directory that only root can enter, and those of running containers are not used with this class
 * except for reading through {@link #find}, before the container's process starts.
 */
public final class RootedTree {
  private static final int MAX_LINKS = 40;

  private final Path root;
  private final Set<Path> knownDirectories = new HashSet<>();
  private final Consumer<Path> onImplied;

  /** A tree below a directory that exists. */
  public RootedTree(Path root) {
    this(root, path -> {});
  }

  /**
   * A tree that tells of directories it had to make.
   *
   * @param onImplied hears the path of each directory that was missing on the way to an entry
   */
  public RootedTree(Path root, Consumer<Path> onImplied) {
    this.root = root;
    this.onImplied = onImplied;
  }

  /** The directory. */
  public Path root() {
    return root;
  }

  /**
   * The components of an archive's entry name; empty for the root itself.
   *
   * @throws EngineException when it leads upwards or can't be a file name
   */
  public static List<String> components(String name) {
    List<String> parts = new ArrayList<>();
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..") || part.indexOf('\0') >= 0) {
        throw new EngineException(
            EngineException.Code.CORRUPT,
            "The archive is refused: its entry \"" + name + "\" leads out of the root");
      }
      parts.add(part);
    }
    return parts;
  }

  /** Where an entry belongs; directories on the way are made. The entry itself is not followed. */
  public Path place(List<String> components) throws IOException {
    if (components.isEmpty()) {
      return root;
    }
    Path parent = directory(components.subList(0, components.size() - 1));
    return parent.resolve(components.getLast());
  }

  /** To be called when a directory or link of the tree was removed or replaced. */
  public void changed() {
    knownDirectories.clear();
  }

  private Path directory(List<String> components) throws IOException {
    Path direct = root;
    for (String part : components) {
      direct = direct.resolve(part);
    }
    if (knownDirectories.contains(direct)) {
      return direct;
    }
    Path resolved = walk(components, true);
    if (resolved.equals(direct)) {
      knownDirectories.add(direct);
    }
    return resolved;
  }

  /** The file that a path inside means, links followed; null when there is none. */
  public Path find(String path) throws IOException {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return walk(parts, false);
  }

  private Path walk(List<String> components, boolean make) throws IOException {
    Deque<String> rest = new ArrayDeque<>(components);
    Path current = root;
    int links = 0;
    while (!rest.isEmpty()) {
      String part = rest.pop();
      if (part.equals("..")) {
        current = current.equals(root) ? root : current.getParent();
        continue;
      }
      Path next = current.resolve(part);
      if (Files.isSymbolicLink(next)) {
        if (++links > MAX_LINKS) {
          throw new EngineException(
              EngineException.Code.CORRUPT,
              "The archive is refused: too many symbolic links at " + root.relativize(next));
        }
        String target = Files.readSymbolicLink(next).toString();
        if (target.startsWith("/")) {
          current = root;
        }
        String[] parts = target.split("/", -1);
        for (int i = parts.length - 1; i >= 0; i--) {
          if (!parts[i].isEmpty() && !parts[i].equals(".")) {
            rest.push(parts[i]);
          }
        }
        continue;
      }
      if (make) {
        if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(next);
          onImplied.accept(next);
        } else if (!Files.isDirectory(next, LinkOption.NOFOLLOW_LINKS)) {
          throw new EngineException(
              EngineException.Code.CORRUPT,
              "The archive is refused: " + root.relativize(next) + " is not a directory");
        }
      } else if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        return null;
      }
      current = next;
    }
    return current;
  }
}
