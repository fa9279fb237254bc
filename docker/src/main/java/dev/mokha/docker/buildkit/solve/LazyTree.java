package dev.mokha.docker.buildkit.solve;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A tree that is fetched when it is first looked at, and not at all if it never is. */
final class LazyTree implements FileTree {
  private final Source source;
  private FileTree tree;
  private boolean closed;

  /** Fetches a tree. */
  @FunctionalInterface
  interface Source {
    FileTree fetch() throws IOException, InterruptedException;
  }

  LazyTree(Source source) {
    this.source = source;
  }

  @Override
  public synchronized FileNode root() {
    if (closed) {
      throw new IllegalStateException("the build is over");
    }
    if (tree == null) {
      try {
        tree = source.fetch();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EngineException(EngineException.Code.INTERNAL, "The build was interrupted", e);
      }
    }
    return tree.root();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (tree != null) {
      tree.close();
      tree = null;
    }
  }
}
