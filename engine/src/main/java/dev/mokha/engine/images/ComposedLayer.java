package dev.mokha.engine.images;

import dev.mokha.engine.snapshots.RootedTree;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Makes a layer of what mmdebstrap unpacked: without documentation, locales, package lists and
 * device nodes, with the files that were asked for, and with nothing in it that depends on the time
 * or the machine, so that the same packages make the same layer.
 */
final class ComposedLayer {
  /** Debian Policy lets nothing depend on /usr/share/doc at run time (section 12.3). */
  private static final List<String> LEFT_OUT =
      List.of(
          "dev/",
          "etc/apt/",
          "etc/fstab",
          "etc/hostname",
          "etc/resolv.conf",
          "usr/share/doc/",
          "usr/share/doc-base/",
          "usr/share/info/",
          "usr/share/lintian/",
          "usr/share/locale/",
          "usr/share/man/",
          "usr/share/bash-completion/",
          "usr/share/bug/",
          "var/cache/apt/",
          "var/cache/debconf/",
          "var/lib/apt/",
          "var/lib/dpkg/",
          "var/log/apt/");

  /** What base-files and base-passwd bring, as far as programs look for it. */
  private static final Map<String, String> BASICS =
      Map.of(
          "etc/passwd",
          """
          root:x:0:0:root:/root:/bin/sh
          daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
          www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
          nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
          """,
          "etc/group",
          """
          root:x:0:
          daemon:x:1:
          adm:x:4:
          tty:x:5:
          www-data:x:33:
          nogroup:x:65534:
          """,
          "etc/nsswitch.conf",
          """
          passwd: files
          group: files
          hosts: files dns
          """);

  private static final List<String> USR_ALIASES = List.of("bin", "lib", "lib64", "sbin");

  private static final List<String> DIRECTORIES =
      List.of("dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var", "var/tmp");

  private final Map<String, Path> files;
  private final Set<String> written = new HashSet<>();
  private long newest;

  /**
   * A layer to make.
   *
   * @param files host path by path in the image
   */
  ComposedLayer(Map<String, Path> files) {
    this.files = new TreeMap<>(files);
  }

  /** When the newest file of it was changed: what the image is dated. */
  Instant newest() {
    return Instant.ofEpochSecond(newest);
  }

  /** Copies the archive, filtered and completed. */
  void write(Path archive, OutputStream out) throws IOException {
    newest = newest(archive);
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(out, 10240, 512, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      Set<String> replaced = new HashSet<>();
      files.keySet().forEach(path -> replaced.add(String.join("/", RootedTree.components(path))));
      try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
          TarArchiveInputStream source = new TarArchiveInputStream(in)) {
        for (TarArchiveEntry entry = source.getNextEntry();
            entry != null;
            entry = source.getNextEntry()) {
          copy(entry, source, tar, replaced);
        }
      }
      for (String directory : DIRECTORIES) {
        addDirectory(tar, directory);
      }
      for (String alias : USR_ALIASES) {
        // Newer packages have their files below /usr alone, and programs name the short paths.
        if (!written.contains(alias) && written.contains("usr/" + alias)) {
          addLink(tar, alias, "usr/" + alias);
        }
      }
      for (Map.Entry<String, String> basic : new TreeMap<>(BASICS).entrySet()) {
        if (!written.contains(basic.getKey()) && !replaced.contains(basic.getKey())) {
          addFile(tar, basic.getKey(), basic.getValue().getBytes(StandardCharsets.UTF_8), 0644);
        }
      }
      for (Map.Entry<String, Path> file : files.entrySet()) {
        addTree(tar, String.join("/", RootedTree.components(file.getKey())), file.getValue());
      }
      tar.finish();
    }
  }

  /** mmdebstrap's own files are of now; those of packages carry the packages' times. */
  private static long newest(Path archive) throws IOException {
    long found = 0;
    long now = Files.getLastModifiedTime(archive).toInstant().getEpochSecond() - 3600;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
        TarArchiveInputStream source = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = source.getNextEntry();
          entry != null;
          entry = source.getNextEntry()) {
        long time = entry.getLastModifiedTime().toInstant().getEpochSecond();
        if (time < now && entry.isFile()) {
          found = Math.max(found, time);
        }
      }
    }
    return found;
  }

  private static boolean isLeftOut(String name) {
    for (String prefix : LEFT_OUT) {
      if (name.startsWith(prefix) || (name + "/").equals(prefix)) {
        return true;
      }
    }
    return false;
  }

  private void copy(
      TarArchiveEntry entry, InputStream content, TarArchiveOutputStream tar, Set<String> replaced)
      throws IOException {
    List<String> components = RootedTree.components(entry.getName());
    String name = String.join("/", components);
    if (name.isEmpty() || isLeftOut(name) || replaced.contains(name) && !entry.isDirectory()) {
      return;
    }
    if (!written.add(name)) {
      return;
    }
    boolean hasContent = entry.isFile() && !entry.isLink() && !entry.isSymbolicLink();
    if (!hasContent && !entry.isDirectory() && !entry.isLink() && !entry.isSymbolicLink()) {
      return; // device nodes are the runtime's to make
    }
    byte type =
        entry.isDirectory()
            ? TarConstants.LF_DIR
            : entry.isSymbolicLink()
                ? TarConstants.LF_SYMLINK
                : entry.isLink() ? TarConstants.LF_LINK : TarConstants.LF_NORMAL;
    TarArchiveEntry copy = new TarArchiveEntry(name + (entry.isDirectory() ? "/" : ""), type);
    if (entry.isSymbolicLink() || entry.isLink()) {
      copy.setLinkName(
          entry.isLink()
              ? String.join("/", RootedTree.components(entry.getLinkName()))
              : entry.getLinkName());
    }
    copy.setMode(entry.getMode() & 07777);
    copy.setIds((int) entry.getLongUserId(), (int) entry.getLongGroupId());
    copy.setModTime(
        Math.min(newest, entry.getLastModifiedTime().toInstant().getEpochSecond()) * 1000);
    entry
        .getExtraPaxHeaders()
        .forEach(
            (key, value) -> {
              if (key.startsWith("SCHILY.xattr.")) {
                copy.addPaxHeader(key, value);
              }
            });
    copy.setSize(hasContent ? entry.getSize() : 0);
    tar.putArchiveEntry(copy);
    if (hasContent) {
      content.transferTo(tar);
    }
    tar.closeArchiveEntry();
  }

  private void addDirectory(TarArchiveOutputStream tar, String name) throws IOException {
    if (!name.isEmpty() && written.add(name)) {
      put(tar, name + "/", new byte[0], name.endsWith("tmp") ? 01777 : 0755);
    }
  }

  private void addFile(TarArchiveOutputStream tar, String name, byte[] bytes, int mode)
      throws IOException {
    int slash = name.lastIndexOf('/');
    addParents(tar, slash < 0 ? "" : name.substring(0, slash));
    written.add(name);
    put(tar, name, bytes, mode);
  }

  private void addParents(TarArchiveOutputStream tar, String directory) throws IOException {
    int slash = directory.lastIndexOf('/');
    if (slash > 0) {
      addParents(tar, directory.substring(0, slash));
    }
    addDirectory(tar, directory);
  }

  private void put(TarArchiveOutputStream tar, String name, byte[] bytes, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setMode(mode);
    entry.setIds(0, 0);
    entry.setModTime(newest * 1000);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private void addTree(TarArchiveOutputStream tar, String name, Path host) throws IOException {
    if (!Files.isDirectory(host)) {
      addFile(tar, name, Files.readAllBytes(host), Files.isExecutable(host) ? 0755 : 0644);
      return;
    }
    List<Path> paths = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(host)) {
      walk.sorted().forEach(paths::add);
    }
    for (Path path : paths) {
      String inside = host.relativize(path).toString();
      String full = inside.isEmpty() ? name : name.isEmpty() ? inside : name + "/" + inside;
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        addParents(tar, full);
      } else {
        addOne(tar, full, path);
      }
    }
  }

  private void addOne(TarArchiveOutputStream tar, String name, Path host) throws IOException {
    if (Files.isSymbolicLink(host)) {
      addLink(tar, name, Files.readSymbolicLink(host).toString());
    } else {
      addFile(tar, name, Files.readAllBytes(host), Files.isExecutable(host) ? 0755 : 0644);
    }
  }

  private void addLink(TarArchiveOutputStream tar, String name, String target) throws IOException {
    int slash = name.lastIndexOf('/');
    addParents(tar, slash < 0 ? "" : name.substring(0, slash));
    written.add(name);
    TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    link.setLinkName(target);
    link.setIds(0, 0);
    link.setModTime(newest * 1000);
    tar.putArchiveEntry(link);
    tar.closeArchiveEntry();
  }
}
