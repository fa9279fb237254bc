package dev.mokha.engine.build.context;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A tree of files to copy from. Links are resolved as if its root were {@code /}. */
public interface FileTree extends AutoCloseable {
  /** Longest chain of links that is followed. */
  int MAX_LINKS = 40;

  /** The root directory. */
  FileNode root();

  /** Lets go of what it occupies. */
  @Override
  default void close() {
    // Most occupy nothing.
  }

  /** A file found, with the path that leads to it without links. */
  record Found(String path, FileNode node) {}

  /** The components of a path; {@code ..} stays. */
  static List<String> components(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  /** The file of a path, links followed; {@code ..} ends at the root. */
  default Optional<Found> find(String path) throws IOException {
    Deque<String> rest = new ArrayDeque<>(components(path));
    List<String> names = new ArrayList<>();
    List<FileNode> nodes = new ArrayList<>(List.of(root()));
    int links = 0;
    while (!rest.isEmpty()) {
      String part = rest.pop();
      if (part.equals("..")) {
        if (!names.isEmpty()) {
          names.removeLast();
          nodes.removeLast();
        }
        continue;
      }
      FileNode next = nodes.getLast().children().get(part);
      if (next == null) {
        return Optional.empty();
      }
      if (next.kind() == FileNode.Kind.LINK) {
        if (++links > MAX_LINKS) {
          return Optional.empty();
        }
        if (next.link().startsWith("/")) {
          names.clear();
          nodes.subList(1, nodes.size()).clear();
        }
        components(next.link()).reversed().forEach(rest::push);
        continue;
      }
      names.add(part);
      nodes.add(next);
    }
    return Optional.of(new Found(String.join("/", names), nodes.getLast()));
  }
}
