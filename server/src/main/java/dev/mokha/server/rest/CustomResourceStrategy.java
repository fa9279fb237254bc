package dev.mokha.server.rest;

/** The wishes of every custom resource: what its definition says is in {@link CustomVersion}. */
final class CustomResourceStrategy implements Strategy {
  @Override
  public boolean countsGeneration() {
    return true;
  }
}
