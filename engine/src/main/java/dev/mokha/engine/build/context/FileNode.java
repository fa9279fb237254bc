package dev.mokha.engine.build.context;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Locale;
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

  /** What is known of it besides its content. */
  FileStatus status();

  /** Its kind. */
  default Kind kind() {
    return status().kind();
  }

  /** The twelve permission bits. */
  default int mode() {
    return status().mode();
  }

  /** Owner. */
  default long uid() {
    return status().uid();
  }

  /** Group. */
  default long gid() {
    return status().gid();
  }

  /** Bytes of a file's content. */
  default long size() {
    return status().size();
  }

  /** When its content last changed. */
  default Instant modified() {
    return status().modified();
  }

  /** Where a link leads; empty for others. */
  default String link() {
    return "";
  }

  /** Major number of a device. */
  default int major() {
    return status().major();
  }

  /** Minor number of a device. */
  default int minor() {
    return status().minor();
  }

  /** Extended attributes that belong to the file's content, such as security.capability. */
  default Map<String, byte[]> attributes() throws IOException {
    return Map.of();
  }

  /** A directory's entries in the order of their names; empty for others. */
  default Map<String, FileNode> children() throws IOException {
    return Map.of();
  }

  /** A file's content; others have none to open. */
  default InputStream open() throws IOException {
    throw new IOException("A " + kind().name().toLowerCase(Locale.ROOT) + " has no content");
  }

  /** SHA-256 of a file's content, as hexadecimal digits; empty for others. */
  default String digest() throws IOException {
    return "";
  }

  /** Whether it is a directory. */
  default boolean isDirectory() {
    return kind() == Kind.DIRECTORY;
  }
}
