package dev.mokha.docker.build;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.images.ImageNames;
import dev.mokha.docker.networks.NetworkActions;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The rights that a build needs, by whichever protocol it is asked for. */
public final class BuildAccess {
  private static final String HOST = "host";
  private static final String OF_CONTAINER = "container:";

  private final ContainerNetworks networks;

  /** Rights on networks are judged by where those belong. */
  public BuildAccess(ContainerNetworks networks) {
    this.networks = requireNonNull(networks);
  }

  /**
   * The build itself.
   *
   * @param network the network of its steps; empty for Docker's default
   * @param cgroupParent where its containers are put; empty for the engine's place
   * @param name what the image is to be called; empty for nothing
   */
  static Action building(String network, String cgroupParent, String name) {
    Set<Action.Power> powers = EnumSet.noneOf(Action.Power.class);
    if (network.equals(HOST) || network.startsWith(OF_CONTAINER)) {
      powers.add(Action.Power.HOST_NETWORK);
    }
    if (!cgroupParent.isEmpty()) {
      powers.add(Action.Power.RESOURCES);
    }
    return new Action("create", "build", "", "", name, powers);
  }

  /** What a step needs that asks for a hold on the host by itself. */
  public static Action with(Action.Power power) {
    return new Action("create", "build", "", "", "", Set.of(power));
  }

  /** Goes on only if the caller may build so. */
  public void require(Request request, String network, String cgroupParent) {
    request.require(building(network, cgroupParent, ""));
    requireNetwork(request, network);
  }

  /** Goes on only if the caller may give an image a name. */
  public void requireName(Request request, String name) {
    ImageNames.parse(name);
    request.require(building("", "", name));
  }

  /** Goes on only if the caller may have steps in a network. */
  void requireNetwork(Request request, String mode) {
    network(mode).ifPresent(network -> request.require(NetworkActions.on("connect", network)));
  }

  /** The network of users that a build's containers are to be in. */
  private Optional<Network> network(String mode) {
    if (mode.isEmpty() || mode.equals("default") || mode.startsWith(OF_CONTAINER)) {
      return Optional.empty();
    }
    try {
      return Optional.of(networks.inspect(mode));
    } catch (NetworkException missing) {
      return Optional.empty(); // the first step that runs says so
    }
  }
}
