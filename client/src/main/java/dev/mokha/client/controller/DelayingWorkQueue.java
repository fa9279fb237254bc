package dev.mokha.client.controller;

import java.time.Duration;

final class DelayingWorkQueue<K> implements WorkQueue<K> {
  DelayingWorkQueue(String name) {}

  @Override
  public void add(K key) {}

  @Override
  public void addAfter(K key, Duration delay) {}

  @Override
  public void retry(K key) {}

  @Override
  public void forget(K key) {}

  @Override
  public K take() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void done(K key) {}

  @Override
  public int size() {
    return 0;
  }

  @Override
  public void close() {}
}
