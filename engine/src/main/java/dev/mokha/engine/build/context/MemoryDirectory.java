package dev.mokha.engine.build.context;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** A directory of root's that is in memory. */
public record MemoryDirectory(Map<String, FileNode> children) implements FileNode {
  /** Copies the entries. */
  public MemoryDirectory {
    children = Collections.unmodifiableMap(new TreeMap<>(children));
  }

  @Override
  public FileStatus status() {
    return FileStatus.directory();
  }
}
