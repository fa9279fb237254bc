package dev.mokha.store.memory;

import dev.mokha.store.Store;
import dev.mokha.store.StoreContract;

final class MemoryStoreTest extends StoreContract {
  @Override
  protected Store open() {
    return MemoryStore.create();
  }
}
