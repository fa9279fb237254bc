package dev.mokha.engine.build.context;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;

/** A tree without what rules ignore. */
public final class FilteredTree implements FileTree {
  private final FileTree tree;
  private final IgnoreRules rules;
  private final FileNode root;

  /** The rest of a tree, which is closed with it. */
  public FilteredTree(FileTree tree, IgnoreRules rules) {
    this.tree = tree;
    this.rules = rules;
    this.root = new Filtered(tree.root(), "");
  }

  @Override
  public FileNode root() {
    return root;
  }

  @Override
  public void close() {
    tree.close();
  }

  private final class Filtered implements FileNode {
    private final FileNode node;
    private final String path;
    private Map<String, FileNode> children;

    Filtered(FileNode node, String path) {
      this.node = node;
      this.path = path;
    }

    @Override
    public synchronized Map<String, FileNode> children() throws IOException {
      if (children == null) {
        Map<String, FileNode> kept = new TreeMap<>();
        for (Map.Entry<String, FileNode> entry : node.children().entrySet()) {
          String below = path.isEmpty() ? entry.getKey() : path + "/" + entry.getKey();
          FileNode child = entry.getValue();
          boolean ignored = rules.ignores(below);
          if (child.isDirectory()) {
            if (!ignored || rules.hasExceptions()) {
              Filtered inner = new Filtered(child, below);
              if (!ignored || !inner.children().isEmpty()) {
                kept.put(entry.getKey(), inner);
              }
            }
          } else if (!ignored) {
            kept.put(entry.getKey(), child);
          }
        }
        children = kept;
      }
      return children;
    }

    @Override
    public FileStatus status() {
      return node.status();
    }

    @Override
    public String link() {
      return node.link();
    }

    @Override
    public Map<String, byte[]> attributes() throws IOException {
      return node.attributes();
    }

    @Override
    public InputStream open() throws IOException {
      return node.open();
    }

    @Override
    public String digest() throws IOException {
      return node.digest();
    }
  }
}
