package dev.mokha.docker.containers;

import dev.mokha.docker.cluster.ContainerMirror;
import dev.mokha.docker.cluster.ShownContainer;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Resources;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.Endpoint;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Docker's containers as the cluster sees them. */
public final class ShownContainers implements ContainerMirror.Source {
  private static final int MILLIS = 1000;

  private final DockerContainers containers;

  /** Over containers. */
  public ShownContainers(DockerContainers containers) {
    this.containers = containers;
  }

  @Override
  public List<ShownContainer> all() {
    return containers.list().stream().map(this::shown).toList();
  }

  @Override
  public Optional<ShownContainer> find(String id) {
    return containers.find(id).map(this::shown);
  }

  private ShownContainer shown(DockerContainer container) {
    ContainerRecord record = container.record();
    Container.State state = container.engine().state();
    Resources limits = container.engine().spec().resources();
    Optional<Sandbox> sandbox = containers.networks().sandbox(container.id());
    Container.HealthStatus health = container.engine().health().status();
    return new ShownContainer(
        record.id(),
        record.name(),
        record.namespace(),
        record.user(),
        Json.text(record.config(), "Image"),
        record.imageId(),
        container.engine().spec().args(),
        sandbox.map(Sandbox::ports).orElse(List.of()).stream().map(ShownContainers::port).toList(),
        limits.cpuPeriodMicros() == 0
            ? 0
            : limits.cpuQuotaMicros() * MILLIS / limits.cpuPeriodMicros(),
        limits.memoryBytes(),
        ContainerState.word(container),
        health == Container.HealthStatus.NONE ? "" : health.name().toLowerCase(Locale.ROOT),
        state.exitCode(),
        state.started(),
        state.finished(),
        sandbox.map(Sandbox::endpoints).stream()
            .flatMap(List::stream)
            .map(Endpoint::ipv4Address)
            .filter(address -> !address.isEmpty())
            .findFirst()
            .orElse(""));
  }

  private static String port(PortBinding port) {
    boolean six = port.hostAddress().indexOf(':') >= 0;
    return (six ? "[" + port.hostAddress() + "]" : port.hostAddress())
        + ":"
        + port.hostPort()
        + "->"
        + port.containerPort()
        + "/"
        + port.protocol();
  }
}
