package dev.mokha.store.memory;

import dev.mokha.store.Store;
import dev.mokha.store.journal.JournaledStore;

/** Makes stores in memory. */
public final class MemoryStore {
  private MemoryStore() {}

  /** An empty store at revision 0. */
  public static Store create() {
    return new JournaledStore(new MemoryJournal());
  }
}
