package dev.mokha.registry.storage;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Locks by name: the same name always has the same lock, different ones mostly different ones. */
final class Stripes {
  private final ReadWriteLock[] locks;

  Stripes(int count) {
    locks = new ReadWriteLock[count];
    for (int i = 0; i < count; i++) {
      locks[i] = new ReentrantReadWriteLock();
    }
  }

  /** Every lock, for whoever waits until none is held that was held when he came. */
  ReadWriteLock[] all() {
    return locks.clone();
  }

  ReadWriteLock of(Object name) {
    return locks[Math.floorMod(name.hashCode() * 0x9E3779B9, locks.length)];
  }
}
