package dev.mokha.docker.networks;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.Action;
import dev.mokha.network.bridges.Network;

/** What is about to be done with a network, for whoever decides whether it may. */
public final class NetworkActions {
  private NetworkActions() {}

  /** Everybody's networks, such as {@code bridge}, are in the caller's own namespace. */
  public static Action on(String verb, Network network) {
    return Action.of(verb, "networks", namespace(network), network.name());
  }

  /** The namespace a network belongs to; empty for those that are everybody's. */
  public static String namespace(Network network) {
    return network.predefined() ? "" : Namespaces.of(network.spec().labels());
  }
}
