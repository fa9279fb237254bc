package dev.mokha.store.rocks;

import dev.mokha.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * Loads RocksDB's library from a copy that stays unpacked. Left alone, RocksDB unpacks 17 MB at
 * every start, which takes three times as long as the rest of opening a store.
 */
final class NativeLibrary {
  private static boolean loaded;

  private NativeLibrary() {}

  static synchronized void load(Path directory) {
    if (loaded) {
      return;
    }
    String name = Environment.getJniLibraryFileName("rocksdb");
    URL packed = RocksDB.class.getClassLoader().getResource(name);
    if (packed == null) {
      throw new StoreException(
          "there is no RocksDB library for this machine (%s); run mokha on x86-64 or arm64 Linux"
              .formatted(name),
          null);
    }
    try {
      // RocksDB.loadLibrary(List) asks for this spelling, not for that of its own resource.
      unpack(packed, directory, Environment.getJniLibraryFileName("rocksdbjni"));
    } catch (IOException e) {
      throw new StoreException(
          "%s can't be unpacked into %s: %s; free some space there"
              .formatted(name, directory, e.getMessage()),
          e);
    }
    RocksDB.loadLibrary(List.of(directory.toString()));
    loaded = true;
  }

  /** The size tells a whole copy of this version from a half or an older one. */
  private static void unpack(URL packed, Path directory, String name) throws IOException {
    Path library = directory.resolve(name);
    URLConnection connection = packed.openConnection();
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      if (Files.exists(library) && Files.size(library) == connection.getContentLengthLong()) {
        return;
      }
      Files.createDirectories(directory);
      Path half = Files.createTempFile(directory, name, ".new");
      try {
        Files.copy(in, half, StandardCopyOption.REPLACE_EXISTING);
        Files.move(half, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(half);
      }
    }
  }
}
