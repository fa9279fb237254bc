package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.linux.Errno;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.OpenDirectory;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a tar into a directory of a container. Links on the way mean what they mean inside the
 * container; nothing outside its tree is ever touched, whatever its processes do meanwhile.
 */
final class TreeUnpacker {
  private static final int TAR_BLOCK = 512;

  private static final int FIFO = 0010000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;
  private static final String XATTR = "SCHILY.xattr.";

  private final OpenDirectory root;
  private final String base;
  private final boolean keepKinds;
  private final long[] owner;
  private final UserMapping users;
  private final Map<String, FileTime> directories = new LinkedHashMap<>();

  /**
   * Unpacks into a directory.
   *
   * @param root of the container
   * @param base the directory, a path inside
   * @param keepKinds whether a directory must not become a file, nor a file a directory
   * @param owner user and group of all entries; null for the archive's
   * @param users under which ids the files show there
   */
  TreeUnpacker(
      OpenDirectory root, String base, boolean keepKinds, long[] owner, UserMapping users) {
    this.users = users;
    this.root = root;
    this.base = base;
    this.keepKinds = keepKinds;
    this.owner = owner;
  }

  /** Unpacks all. */
  void unpack(InputStream in) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8");
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      List<String> parts = RootedTree.components(entry.getName());
      if (parts.isEmpty()) {
        continue;
      }
      String name = parts.getLast();
      try (OpenDirectory parent = parent(parts.subList(0, parts.size() - 1))) {
        unpack(tar, entry, parent, name, String.join("/", parts));
      }
    }
    if (tar.getBytesRead() > 0 && tar.getBytesRead() < TAR_BLOCK) {
      throw new IOException("unexpected EOF"); // no archive: not even one header
    }
    for (Map.Entry<String, FileTime> directory : directories.entrySet()) {
      try (FileDescriptor found = find(directory.getKey())) {
        if (found != null) {
          Files.setLastModifiedTime(OpenDirectory.path(found), directory.getValue());
        }
      }
    }
    in.transferTo(OutputStream.nullOutputStream()); // padding
  }

  private FileDescriptor find(String path) {
    return root.find(base + "/" + path).orElse(null);
  }

  /** A directory below the base; what is missing of it is made. */
  private OpenDirectory parent(List<String> parts) throws IOException {
    StringBuilder path = new StringBuilder();
    FileDescriptor current = found(path);
    for (String part : parts) {
      path.append('/').append(part);
      try (OpenDirectory above = OpenDirectory.of(current)) {
        FileDescriptor next = find(path.toString());
        if (next == null) {
          above.makeDirectory(part, 0755);
          next = found(path);
        }
        current = next;
      }
    }
    return OpenDirectory.of(current);
  }

  /** Something that has to be there, as nobody but the container takes it away. */
  private FileDescriptor found(CharSequence path) throws IOException {
    FileDescriptor found = find(path.toString());
    if (found == null) {
      throw new NoSuchFileException(base + path, null, "it was removed meanwhile");
    }
    return found;
  }

  private void unpack(
      TarArchiveInputStream tar,
      TarArchiveEntry entry,
      OpenDirectory parent,
      String name,
      String path)
      throws IOException {
    boolean there = makeRoom(entry, parent, name);
    if (entry.isDirectory()) {
      if (!there) {
        parent.makeDirectory(name, 0755);
      }
      finish(entry, parent, name);
      directories.put(path, entry.getLastModifiedTime());
    } else if (entry.isSymbolicLink()) {
      parent.makeLink(name, entry.getLinkName());
      parent.owner(name, uid(entry), gid(entry));
    } else if (entry.isLink()) {
      List<String> target = RootedTree.components(entry.getLinkName());
      try (OpenDirectory from = parent(target.subList(0, Math.max(0, target.size() - 1)))) {
        parent.makeHardLink(name, from, target.getLast());
      }
    } else if (entry.isFIFO() || entry.isCharacterDevice() || entry.isBlockDevice()) {
      int kind = entry.isFIFO() ? FIFO : entry.isBlockDevice() ? BLOCK : CHARACTER;
      parent.makeNode(
          name, kind | entry.getMode() & 0777, entry.getDevMajor(), entry.getDevMinor());
      finish(entry, parent, name);
    } else if (entry.isFile()) {
      try (FileDescriptor file = parent.createFile(name, 0600)) {
        Path to = OpenDirectory.path(file);
        try (OutputStream out = Files.newOutputStream(to)) {
          tar.transferTo(out);
        }
        facts(entry, file);
        Files.setLastModifiedTime(to, entry.getLastModifiedTime());
      }
    } else {
      throw DockerException.invalid(
          "unhandled tar header type " + (char) entry.getLinkFlag() + " of " + entry.getName());
    }
  }

  /** Owner and mode of what was just made, held fast so that it is no other by then. */
  private void finish(TarArchiveEntry entry, OpenDirectory parent, String name) throws IOException {
    try (FileDescriptor held = parent.hold(name)) {
      facts(entry, held);
    }
  }

  private void facts(TarArchiveEntry entry, FileDescriptor held) throws IOException {
    Path path = OpenDirectory.path(held);
    Files.setAttribute(path, "unix:uid", (int) uid(entry));
    Files.setAttribute(path, "unix:gid", (int) gid(entry));
    Files.setAttribute(path, "unix:mode", entry.getMode() & 07777);
    attributes(entry, held);
  }

  /** Extended attributes, as GNU tar and Docker write them; set last, as a new owner drops some. */
  private static void attributes(TarArchiveEntry entry, FileDescriptor held) {
    for (Map.Entry<String, String> header : entry.getExtraPaxHeaders().entrySet()) {
      if (!header.getKey().startsWith(XATTR)) {
        continue;
      }
      String name = header.getKey().substring(XATTR.length());
      if (!name.startsWith("user.") || name.startsWith("user.overlay.")) {
        continue; // others say something to the host's kernel, or are no text
      }
      try {
        Xattrs.set(held, name, header.getValue().getBytes(StandardCharsets.UTF_8));
      } catch (LinuxException e) {
        if (e.errno() != Errno.EOPNOTSUPP) {
          throw e;
        }
      }
    }
  }

  private long uid(TarArchiveEntry entry) {
    return users.hostUid(owner == null ? entry.getLongUserId() : owner[0]);
  }

  private long gid(TarArchiveEntry entry) {
    return users.hostGid(owner == null ? entry.getLongGroupId() : owner[1]);
  }

  /**
   * Takes away what is in an entry's way.
   *
   * @return whether a directory is there that the entry, a directory too, is laid over
   */
  private boolean makeRoom(TarArchiveEntry entry, OpenDirectory parent, String name)
      throws IOException {
    FileFacts now;
    try {
      now = FileFacts.of(parent.entry(name), false);
    } catch (NoSuchFileException e) {
      return false;
    }
    if (now.isDirectory() && entry.isDirectory()) {
      return true;
    }
    if (keepKinds && now.isDirectory()) {
      throw DockerException.invalid(
          "cannot overwrite directory \"" + name + "\" with non-directory \"" + base + "\"");
    }
    if (keepKinds && entry.isDirectory()) {
      throw DockerException.invalid(
          "cannot overwrite non-directory \"" + name + "\" with directory \"" + base + "\"");
    }
    remove(parent, name, now.isDirectory());
    return false;
  }

  private static void remove(OpenDirectory parent, String name, boolean directory)
      throws IOException {
    if (directory) {
      try (OpenDirectory inside = parent.enter(name)) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(inside.path())) {
          entries.forEach(path -> names.add(path.getFileName().toString()));
        }
        for (String child : names) {
          remove(inside, child, FileFacts.of(inside.entry(child), false).isDirectory());
        }
      }
    }
    try {
      parent.remove(name, directory);
    } catch (LinuxException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
