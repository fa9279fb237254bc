package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.FilteredTree;
import dev.mokha.engine.build.context.GoPattern;
import dev.mokha.engine.build.context.IgnoreRules;
import dev.mokha.engine.build.context.RemoteFile;
import dev.mokha.engine.build.git.GitAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what the sources of a COPY or ADD mean. */
final class CopySources {
  private final Build build;
  private final String keyword;
  private final FileTree tree;
  private final boolean context;
  private final boolean parents;
  private final IgnoreRules excludes;
  private final List<Item> items = new ArrayList<>();

  /**
   * One thing to copy.
   *
   * @param name what it is called at the destination
   * @param path with directories before it that {@code --parents} keeps
   * @param remote whether it was fetched
   * @param key says what it is without it being read; empty when its content says so
   */
  record Item(FileNode node, String name, String path, boolean remote, String key) {}

  /**
   * Sources in a tree.
   *
   * @param context whether the tree is the build context
   */
  CopySources(
      Build build,
      String keyword,
      FileTree tree,
      boolean context,
      boolean parents,
      List<String> excludes) {
    this.build = build;
    this.keyword = keyword;
    this.tree = tree;
    this.context = context;
    this.parents = parents;
    this.excludes = IgnoreRules.of(excludes);
  }

  List<Item> items() {
    return items;
  }

  void add(FileNode node, String name) {
    items.add(new Item(node, name, name, false, ""));
  }

  /** Adds what one source means. */
  void add(String source) throws IOException {
    if (GoPattern.isPattern(source)) {
      int before = items.size();
      match(source);
      if (items.size() == before) {
        throw failed("no source files were specified");
      }
      return;
    }
    String kept = source;
    int pivot = parents ? source.indexOf("/./") : -1;
    if (pivot >= 0) {
      kept = source.substring(pivot + 3);
    }
    checkInside(source);
    Optional<FileTree.Found> found = tree.find(source);
    if (found.isEmpty()) {
      throw failed(
          (context ? "file not found in build context or excluded by .dockerignore: " : "")
              + "stat "
              + source
              + ": file does not exist");
    }
    take(found.get().node(), source, String.join("/", Paths.components(kept)));
  }

  private void checkInside(String source) {
    int depth = 0;
    for (String part : FileTree.components(source)) {
      depth += part.equals("..") ? -1 : 1;
      if (depth < 0) {
        throw failed("forbidden path outside the build context: " + source + " ()");
      }
    }
  }

  private BuildException failed(String why) {
    return new BuildException(keyword + " failed: " + why);
  }

  private void take(FileNode node, String source, String path) {
    List<String> components = Paths.components(source);
    String name = components.isEmpty() ? "" : components.getLast();
    if (node.isDirectory()) {
      FileNode rest = excludes.isEmpty() ? node : new FilteredTree(() -> node, excludes).root();
      items.add(new Item(rest, name, path, false, ""));
    } else if (!excludes.ignores(name)) {
      items.add(new Item(node, name, path, false, ""));
    }
  }

  private void match(String source) throws IOException {
    checkInside(source);
    List<GoPattern> patterns = new ArrayList<>();
    try {
      for (String part : Paths.components(source)) {
        patterns.add(GoPattern.of(part, false));
      }
    } catch (IllegalArgumentException e) {
      throw failed(e.getMessage() + ": " + source);
    }
    match(tree.root(), "", patterns);
  }

  private void match(FileNode directory, String path, List<GoPattern> patterns) throws IOException {
    for (Map.Entry<String, FileNode> entry : directory.children().entrySet()) {
      if (!patterns.getFirst().matches(entry.getKey())) {
        continue;
      }
      String below = path.isEmpty() ? entry.getKey() : path + "/" + entry.getKey();
      FileNode node = entry.getValue();
      if (node.kind() == FileNode.Kind.LINK) {
        // What a source itself names is followed; links inside directories are copied.
        node = tree.find(below).map(FileTree.Found::node).orElse(node);
      }
      if (patterns.size() == 1) {
        take(node, below, below);
      } else if (node.isDirectory()) {
        match(node, below, patterns.subList(1, patterns.size()));
      }
    }
  }

  static boolean isAddress(String source) {
    return source.startsWith("http://") || source.startsWith("https://");
  }

  /**
   * Adds a git repository's files: the remote is asked for the commit, which says whether the step
   * is in the cache, and is fetched only if not.
   *
   * @param keepGitDirectory null for what the address says
   */
  void git(String text, String checksum, Boolean keepGitDirectory)
      throws IOException, InterruptedException {
    try {
      GitAddress address = GitAddress.parse(text);
      if (!checksum.isEmpty()) {
        address = address.withChecksum(checksum);
      }
      if (keepGitDirectory != null) {
        address = address.withGitDirectory(keepGitDirectory);
      }
      GitSource source = new GitSource(build, address);
      FileNode files =
          excludes.isEmpty() ? source : new FilteredTree(() -> source, excludes).root();
      items.add(new Item(files, "", "", true, source.key()));
    } catch (BuildException e) {
      throw failed(e.getMessage());
    }
  }

  /** Adds a file that is fetched. */
  void fetch(String address, String checksum, boolean intoDirectory)
      throws IOException, InterruptedException {
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw failed("invalid address " + address);
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (name.isEmpty() && intoDirectory) {
      throw failed("cannot determine filename for source " + address);
    }
    RemoteFile file;
    try {
      file = RemoteFile.fetch(uri, build.place().scratch());
    } catch (BuildException | IOException e) {
      throw failed(
          e instanceof BuildException ? e.getMessage() : "Get \"" + address + "\": " + why(e));
    }
    build.closeLater(file);
    if (!checksum.isEmpty() && !checksum.equals("sha256:" + file.digest())) {
      throw failed("digest mismatch sha256:" + file.digest() + ": " + checksum + " for " + address);
    }
    items.add(new Item(file, name, name, true, ""));
  }

  private static String why(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Whether a file is an archive that ADD unpacks. */
  static boolean isArchive(Item item) throws IOException {
    if (item.node().kind() != FileNode.Kind.FILE) {
      return false;
    }
    try (InputStream in = item.node().open()) {
      return Archives.isArchive(in);
    } catch (EngineException notReadable) {
      return false;
    }
  }
}
