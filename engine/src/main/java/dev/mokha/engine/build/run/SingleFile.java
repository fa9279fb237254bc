package dev.mokha.engine.build.run;

import dev.mokha.engine.build.context.FileNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;

/** A directory with one entry. */
record SingleFile(String name, FileNode file) implements FileNode {
  @Override
  public Kind kind() {
    return Kind.DIRECTORY;
  }

  @Override
  public int mode() {
    return 0755;
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
    return 0;
  }

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
    return Map.of(name, file);
  }

  @Override
  public InputStream open() throws IOException {
    throw new IOException(name + " is in a directory");
  }

  @Override
  public String digest() {
    return "";
  }
}
