package dev.mokha.store.rocks;

import dev.mokha.store.Entry;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.journal.JournaledStore;
import java.nio.file.Path;

/**
 * Opens stores on disk.
 *
 * <pre>{@code
 * try (Store store = RocksStore.open(Path.of("/var/lib/mokha/store"))) { ... }
 * }</pre>
 */
public final class RocksStore {
  private RocksStore() {}

  /**
   * Opens the directory's store, and makes it when there is none.
   *
   * @throws StoreException when another process uses it, when it was written in a newer format, or
   *     when the disk fails
   */
  public static Store open(Path directory) {
    StoreDirectory claimed = StoreDirectory.claim(directory.toAbsolutePath().normalize());
    RocksJournal journal = null;
    try {
      NativeLibrary.load(claimed.nativeLibraries());
      journal = RocksJournal.open(claimed);
      return new JournaledStore(journal);
    } catch (RuntimeException | Error e) {
      if (journal == null) {
        claimed.close();
      } else {
        journal.close();
      }
      throw e;
    }
  }

  /**
   * Makes a store that holds these entries, each at the revisions it had, and whose own revision is
   * the one given: watches from before it are told that their history is gone.
   *
   * @param directory where no store is yet; half filled when this fails, and then to be removed
   * @param revision not below any of the entries'
   * @throws StoreException when there is a store already, or the disk fails
   */
  public static void fill(Path directory, long revision, Iterable<Entry> entries) {
    StoreDirectory claimed = StoreDirectory.claim(directory.toAbsolutePath().normalize());
    RocksJournal journal = null;
    try {
      NativeLibrary.load(claimed.nativeLibraries());
      journal = RocksJournal.open(claimed);
      journal.fill(revision, entries);
    } finally {
      if (journal == null) {
        claimed.close();
      } else {
        journal.close();
      }
    }
  }
}
