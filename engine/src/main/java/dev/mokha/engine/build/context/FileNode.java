package dev.mokha.engine.build.context;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;

/** A file, directory, link or device of a tree. */
public interface FileNode {
  /** Kinds of files. */
  enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    FIFO,
    CHARACTER_DEVICE,
    BLOCK_DEVICE
  }

  /** Its kind. */
  Kind kind();

  /** The twelve permission bits. */
  int mode();

  /** Owner. */
  long uid();

  /** Group. */
  long gid();

  /** Bytes of a file's content. */
  long size();

  /** When its content last changed. */
  Instant modified();

  /** Where a link leads; empty for others. */
  String link();

  /** Major number of a device. */
  default int major() {
    return 0;
  }

  /** Minor number of a device. */
  default int minor() {
    return 0;
  }

  /** Extended attributes that belong to the file's content, such as security.capability. */
  default Map<String, byte[]> attributes() throws IOException {
    return Map.of();
  }

  /** A directory's entries in the order of their names; empty for others. */
  Map<String, FileNode> children() throws IOException;

  /** A file's content. */
  InputStream open() throws IOException;

  /** SHA-256 of a file's content, as hexadecimal digits. */
  String digest() throws IOException;

  /** Whether it is a directory. */
  default boolean isDirectory() {
    return kind() == Kind.DIRECTORY;
  }
}
