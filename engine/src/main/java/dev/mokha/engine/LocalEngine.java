package dev.mokha.engine;

import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.images.Images;

final class LocalEngine implements Engine {
  LocalEngine(EngineConfig config) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Images images() {
    return null;
  }

  @Override
  public Containers containers() {
    return null;
  }

  @Override
  public String runtime() {
    return "";
  }

  @Override
  public void close() {}
}
