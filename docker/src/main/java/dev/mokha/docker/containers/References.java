package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.networks.NetworkActions;
import dev.mokha.engine.volumes.Volume;
import dev.mokha.engine.volumes.Volumes;
import dev.mokha.network.bridges.ContainerNetworks;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a new container takes part in that is there already: volumes, networks, other containers. It
 * needs a right to each, in the namespace of each: {@code mount volumes}, {@code connect networks},
 * {@code join containers}; and {@code create volumes} in its own for those that are made for it.
 */
final class References {
  private static final String JOIN = "container:";

  private final DockerContainers containers;
  private final Volumes volumes;
  private final ContainerNetworks networks;

  References(DockerContainers containers, Volumes volumes, ContainerNetworks networks) {
    this.containers = containers;
    this.volumes = volumes;
    this.networks = networks;
  }

  /**
   * The rights a creation needs beside its own.
   *
   * @param body of POST /containers/create
   * @param namespace the new container's
   */
  List<Action> of(ObjectNode body, String namespace) {
    ObjectNode host = Json.object(body, "HostConfig");
    List<Action> actions = new ArrayList<>();
    for (String name : volumeNames(host)) {
      Optional<Volume> volume = volumes.find(name);
      actions.add(
          Action.of(
              volume.isPresent() ? "mount" : "create",
              "volumes",
              volume.map(v -> Namespaces.of(v.labels())).orElse(namespace),
              name));
    }
    for (ObjectNode mount : Json.objects(host, "Mounts")) {
      if (Json.text(mount, "Type").equals("image")) { // as much as to run it
        actions.add(
            new Action(
                "create", "containers", namespace, "", Json.text(mount, "Source"), Set.of()));
      }
    }
    for (String other : joined(host)) {
      containers.find(other).ifPresent(one -> actions.add(ContainerActions.on("join", one)));
    }
    for (String name : networkNames(host, body)) {
      networks.list().stream()
          .filter(network -> network.name().equals(name) || network.id().startsWith(name))
          .filter(network -> !network.predefined())
          .findFirst()
          .ifPresent(network -> actions.add(NetworkActions.on("connect", network)));
    }
    return actions;
  }

  private static Set<String> volumeNames(ObjectNode host) {
    Set<String> names = new LinkedHashSet<>();
    for (String bind : Json.strings(host, "Binds")) {
      int colon = bind.indexOf(':');
      if (colon > 0 && !bind.startsWith("/")) {
        names.add(bind.substring(0, colon));
      }
    }
    for (ObjectNode mount : Json.objects(host, "Mounts")) {
      String source = Json.text(mount, "Source");
      if (Json.text(mount, "Type").equals("volume") && !source.isEmpty()) {
        names.add(source);
      }
    }
    return names;
  }

  private static Set<String> joined(ObjectNode host) {
    Set<String> others = new LinkedHashSet<>();
    for (String from : Json.strings(host, "VolumesFrom")) {
      int colon = from.indexOf(':');
      others.add(colon < 0 ? from : from.substring(0, colon));
    }
    for (String field : List.of("NetworkMode", "PidMode", "IpcMode")) {
      String mode = Json.text(host, field);
      if (mode.startsWith(JOIN)) {
        others.add(mode.substring(JOIN.length()));
      }
    }
    for (String link : Json.strings(host, "Links")) {
      int colon = link.indexOf(':');
      others.add(colon < 0 ? link : link.substring(0, colon));
    }
    return others;
  }

  private static Set<String> networkNames(ObjectNode host, ObjectNode body) {
    Set<String> names = new LinkedHashSet<>();
    String mode = Json.text(host, "NetworkMode");
    if (!mode.isEmpty() && !mode.startsWith(JOIN)) {
      names.add(mode);
    }
    Json.object(Json.object(body, "NetworkingConfig"), "EndpointsConfig")
        .properties()
        .forEach(entry -> names.add(entry.getKey()));
    return names;
  }
}
