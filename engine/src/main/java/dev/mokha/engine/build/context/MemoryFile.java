package dev.mokha.engine.build.context;

import dev.mokha.engine.content.Digest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;

/** A file that is in memory, such as a here-document. */
public final class MemoryFile implements FileNode {
  private final byte[] content;
  private final FileStatus status;

  /** A file of root's. */
  public MemoryFile(byte[] content, int mode) {
    this.content = content.clone();
    this.status = FileStatus.file(mode, content.length, Instant.EPOCH);
  }

  /** The same for equal builds. */
  @Override
  public FileStatus status() {
    return status;
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
