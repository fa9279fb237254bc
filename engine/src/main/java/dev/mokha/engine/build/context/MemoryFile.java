package dev.mokha.engine.build.context;

import dev.mokha.engine.content.Digest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;

/** A file that is in memory, such as a here-document. */
public final class MemoryFile implements FileNode {
  private final byte[] content;
  private final int mode;

  /** A file of root's. */
  public MemoryFile(byte[] content, int mode) {
    this.content = content.clone();
    this.mode = mode;
  }

  @Override
  public Kind kind() {
    return Kind.FILE;
  }

  @Override
  public int mode() {
    return mode;
  }

  @Override
  public long uid() {
    return 0;
  }

  @Override
  public long gid() {
    return 0;
  }

  @Override
  public long size() {
    return content.length;
  }

  /** The same for equal builds. */
  @Override
  public Instant modified() {
    return Instant.EPOCH;
  }

  @Override
  public String link() {
    return "";
  }

  @Override
  public Map<String, FileNode> children() {
    return Map.of();
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(content);
  }

  @Override
  public String digest() {
    return Digest.of(content).hex();
  }
}
