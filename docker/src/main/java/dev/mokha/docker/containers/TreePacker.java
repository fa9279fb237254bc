package dev.mokha.docker.containers;

import dev.mokha.engine.containers.UserMapping;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.OpenDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes files of a tree that may change meanwhile as a tar. Follows no link. */
final class TreePacker implements AutoCloseable {
  private static final int DEEPEST = 1000;

  private final TarArchiveOutputStream tar;
  private final UserMapping users;
  private final Map<String, String> seen = new HashMap<>();

  /**
   * Packs.
   *
   * @param users under which ids the files show; they are written as those inside
   */
  TreePacker(OutputStream out, UserMapping users) {
    this.users = users;
    tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  /** Packs an entry of a directory and all below it, under a name. */
  void pack(OpenDirectory parent, String entry, String name) throws IOException {
    FileFacts facts;
    try {
      facts = FileFacts.of(parent.entry(entry), false);
    } catch (NoSuchFileException e) {
      return; // it went meanwhile
    }
    if (facts.isDirectory()) {
      try (OpenDirectory directory = parent.enter(entry)) {
        packDirectory(directory, name, 0);
      } catch (LinuxException e) {
        // It became something else meanwhile.
      }
    } else {
      packFile(parent, entry, name, facts);
    }
  }

  /** Packs a directory, under a name, and all below it. */
  void packDirectory(OpenDirectory directory, String name, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException("Directories are nested too deep at " + name);
    }
    put(new TarArchiveEntry(name + "/", TarConstants.LF_DIR), FileFacts.of(directory.path(), true));
    tar.closeArchiveEntry();
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path())) {
      entries.forEach(path -> names.add(path.getFileName().toString()));
    }
    names.sort(null);
    for (String child : names) {
      FileFacts facts;
      try {
        facts = FileFacts.of(directory.entry(child), false);
      } catch (NoSuchFileException e) {
        continue;
      }
      if (!facts.isDirectory()) {
        packFile(directory, child, name + "/" + child, facts);
        continue;
      }
      OpenDirectory below;
      try {
        below = directory.enter(child);
      } catch (LinuxException e) {
        continue; // it became something else meanwhile
      }
      try (below) {
        packDirectory(below, name + "/" + child, depth + 1);
      }
    }
  }

  private void packFile(OpenDirectory parent, String entry, String name, FileFacts facts)
      throws IOException {
    String key = facts.device() + ":" + facts.inode();
    String first = facts.links() > 1 ? seen.putIfAbsent(key, name) : null;
    if (first != null) {
      TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_LINK);
      link.setLinkName(first);
      put(link, facts);
      tar.closeArchiveEntry();
    } else if (facts.isRegular()) {
      packContent(parent, entry, name);
    } else if (facts.isLink()) {
      TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
      link.setLinkName(Files.readSymbolicLink(parent.entry(entry)).toString());
      put(link, facts);
      tar.closeArchiveEntry();
    } else if (facts.isFifo()) {
      put(new TarArchiveEntry(name, TarConstants.LF_FIFO), facts);
      tar.closeArchiveEntry();
    } else if (facts.isCharacter() || facts.isBlock()) {
      TarArchiveEntry device =
          new TarArchiveEntry(name, facts.isBlock() ? TarConstants.LF_BLK : TarConstants.LF_CHR);
      device.setDevMajor(facts.major());
      device.setDevMinor(facts.minor());
      put(device, facts);
      tar.closeArchiveEntry();
    }
    // Sockets are nothing without who listens.
  }

  private void packContent(OpenDirectory parent, String entry, String name) throws IOException {
    try (FileDescriptor file = parent.openFile(entry)) {
      Path path = OpenDirectory.path(file);
      FileFacts facts = FileFacts.of(path, true);
      if (!facts.isRegular()) {
        return;
      }
      TarArchiveEntry header = new TarArchiveEntry(name);
      header.setSize(facts.size());
      put(header, facts);
      long left = facts.size();
      try (InputStream in = Files.newInputStream(path)) {
        byte[] buffer = new byte[1 << 16];
        while (left > 0) {
          int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
          if (n < 0) {
            // Shorter than it was: the header is out already, so zeros take the rest's place.
            java.util.Arrays.fill(buffer, (byte) 0);
            n = (int) Math.min(buffer.length, left);
          }
          tar.write(buffer, 0, n);
          left -= n;
        }
      }
      tar.closeArchiveEntry();
    } catch (LinuxException e) {
      // It went, or became a link, meanwhile.
    }
  }

  private void put(TarArchiveEntry entry, FileFacts facts) throws IOException {
    entry.setMode(facts.mode() & 07777);
    entry.setUserId(users.insideUid(facts.uid()));
    entry.setGroupId(users.insideGid(facts.gid()));
    entry.setLastModifiedTime(FileTime.from(facts.modified()));
    tar.putArchiveEntry(entry);
  }

  @Override
  public void close() throws IOException {
    tar.finish();
    tar.flush();
  }
}
