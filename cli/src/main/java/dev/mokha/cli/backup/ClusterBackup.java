package dev.mokha.cli.backup;

import dev.mokha.api.object.Json;
import dev.mokha.cli.Instance;
import dev.mokha.cli.UserError;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Takes a backup of a running cluster, and makes a data directory of one.
 *
 * <pre>{@code
 * BackupFile.write(file, ClusterBackup.take(instance, store, version));
 * ...
 * ClusterBackup.restore(BackupFile.read(file), other);      // then: mokha up
 * }</pre>
 *
 * <p>Objects keep their UIDs and resourceVersions. The restored store goes on {@link #REVISIONS
 * far} after the last revision that the backup knows, since the cluster may have gone on after it:
 * no revision that a client has seen is given twice, and a watch from the old cluster is told that
 * its history is gone, so that the client lists again.
 */
public final class ClusterBackup {
  /** More than any cluster writes between a backup and its loss. */
  static final long REVISIONS = 1_000_000_000;

  /** What is of this machine, or made anew at every start, or saved by itself. */
  private static final Set<String> LEFT_OUT =
      Set.of("store", "logs", "audit", "registry", "format", "admin.kubeconfig");

  private static final long MAX_FILE = 4L << 20;
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private ClusterBackup() {}

  /**
   * Everything a cluster is, at one revision of its store.
   *
   * @throws IOException when a file of the data directory can't be read
   */
  public static BackupFile.Contents take(Instance instance, Store store, String version)
      throws IOException {
    return new BackupFile.Contents(
        Instant.now(), version, files(instance.dataDir()), store.list(""));
  }

  private static Map<String, byte[]> files(Path directory) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    List<Path> tops;
    try (Stream<Path> children = Files.list(directory)) {
      tops = children.filter(ClusterBackup::isOfTheCluster).toList();
    }
    for (Path top : tops) {
      List<Path> below;
      try (Stream<Path> all = Files.walk(top)) {
        below = all.filter(Files::isRegularFile).toList();
      }
      for (Path file : below) {
        if (Files.size(file) > MAX_FILE) {
          throw new IOException(file + " is larger than any file a cluster keeps");
        }
        files.put(directory.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static boolean isOfTheCluster(Path child) {
    String name = child.getFileName().toString();
    return !LEFT_OUT.contains(name)
        && !name.equals("node")
        && !name.startsWith("node-")
        && !name.endsWith(".next");
  }

  /**
   * Makes the instance's data directory; it appears whole or not at all.
   *
   * @throws UserError when the directory has something in it, or can't be made
   */
  public static void restore(BackupFile.Contents contents, Instance instance) {
    restore(
        contents,
        instance,
        "",
        staging ->
            RocksStore.fill(
                staging.resolve("store"),
                contents.snapshot().revision() + REVISIONS,
                contents.snapshot().entries()));
  }

  /**
   * The same with the objects in an etcd, where they get new resourceVersions.
   *
   * @param address where: {@code etcd://...}, with a prefix under which there is nothing
   * @throws UserError as above, and when the etcd can't be reached or has something there
   */
  public static void restoreIntoEtcd(
      BackupFile.Contents contents,
      Instance instance,
      String address,
      EtcdRestore.Progress progress) {
    restore(
        contents,
        instance,
        address,
        staging -> {
          try (Store store = EtcdStore.open(EtcdAddress.parse(address))) {
            new EtcdRestore(store, progress).fill(contents.snapshot());
          }
        });
  }

  /** Puts the objects somewhere. */
  private interface Fill {
    void into(Path staging) throws IOException;
  }

  private static void restore(
      BackupFile.Contents contents, Instance instance, String address, Fill fill) {
    Path target = instance.dataDir();
    Path staging = target.resolveSibling(target.getFileName() + ".restoring");
    try {
      requireEmpty(target);
      remove(staging);
      Files.createDirectories(target.toAbsolutePath().getParent());
      Files.createDirectory(staging, OWNER_ONLY_DIRECTORY);
      for (Map.Entry<String, byte[]> e : contents.files().entrySet()) {
        write(staging, e.getKey(), bytes(e.getKey(), e.getValue(), address));
      }
      fill.into(staging);
      Files.deleteIfExists(target);
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UncheckedIOException | StoreException e) {
      discard(staging);
      throw new UserError(
          "the cluster can't be restored into %s: %s".formatted(target, e.getMessage()));
    } catch (UserError e) {
      discard(staging);
      throw e;
    }
  }

  /** There are keys in it: it shall not stay behind. */
  private static void discard(Path staging) {
    try {
      remove(staging);
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(
          "the restore failed, and %s with the cluster's keys can't be removed: %s"
              .formatted(staging, e.getMessage()));
    }
  }

  private static void requireEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> children = Files.list(directory)) {
      if (children.findAny().isPresent()) {
        throw new UserError(
            "%s is not empty; restore into another directory with --data-dir, or run mokha down --wipe first"
                .formatted(directory));
      }
    }
  }

  /** The restored cluster keeps its objects where it is told to, wherever the old one kept them. */
  private static byte[] bytes(String name, byte[] bytes, String address) {
    if (!name.equals("settings.json")) {
      return bytes;
    }
    return Json.bytes(Json.parseObject(bytes).put("store", address));
  }

  private static void write(Path directory, String name, byte[] bytes) throws IOException {
    Path file = directory.resolve(name).normalize();
    if (!file.startsWith(directory)) {
      throw new IOException("it holds a file outside its directory: " + name);
    }
    Files.createDirectories(file.getParent(), OWNER_ONLY_DIRECTORY);
    try (FileChannel out =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        out.write(rest);
      }
      out.force(true);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
