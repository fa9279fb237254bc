package dev.mokha.docker;

import dev.mokha.docker.build.BuildAccess;
import dev.mokha.docker.build.BuildConnections;
import dev.mokha.docker.build.BuildRoutes;
import dev.mokha.docker.buildkit.BuildkitRoutes;
import dev.mokha.docker.buildkit.solve.Workers;
import dev.mokha.docker.cluster.ContainerMirror;
import dev.mokha.docker.containers.ArchiveRoutes;
import dev.mokha.docker.containers.CommitRoutes;
import dev.mokha.docker.containers.ContainerRoutes;
import dev.mokha.docker.containers.DockerContainers;
import dev.mokha.docker.containers.ExecRoutes;
import dev.mokha.docker.containers.Execs;
import dev.mokha.docker.containers.HostFiles;
import dev.mokha.docker.containers.InsideRoutes;
import dev.mokha.docker.containers.LifeRoutes;
import dev.mokha.docker.containers.LogWatch;
import dev.mokha.docker.containers.NetworkMembership;
import dev.mokha.docker.containers.ShownContainers;
import dev.mokha.docker.containers.StreamRoutes;
import dev.mokha.docker.events.EventAccess;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.events.EventRoutes;
import dev.mokha.docker.http.DockerServer;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.http.Router;
import dev.mokha.docker.images.ImageRoutes;
import dev.mokha.docker.images.RegistryRoutes;
import dev.mokha.docker.images.TransferRoutes;
import dev.mokha.docker.logging.LogDrivers;
import dev.mokha.docker.logging.LogShipping;
import dev.mokha.docker.networks.NetworkRoutes;
import dev.mokha.docker.system.AbsentRoutes;
import dev.mokha.docker.system.DaemonId;
import dev.mokha.docker.system.SystemRoutes;
import dev.mokha.docker.volumes.VolumeRoutes;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.volumewatch.VolumeEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The Docker Engine API over an engine: makes each area, gathers their routes, listens.
 *
 * <p>Open it after the engine, and call {@link dev.mokha.engine.containers.Containers#supervise()}
 * after it: it registers as the preparation of Docker's containers. Closing it leaves all of them
 * running.
 */
public final class DockerApi implements AutoCloseable {
  private final DockerServer server;
  private final LogWatch logs;
  private final BuildkitRoutes buildkit;
  private final LogShipping shipping;
  private final DockerContainers containers;
  private final List<String> endpoints;

  private DockerApi(
      DockerServer server,
      LogWatch logs,
      BuildkitRoutes buildkit,
      LogShipping shipping,
      DockerContainers containers,
      List<String> endpoints) {
    this.buildkit = buildkit;
    this.shipping = shipping;
    this.endpoints = endpoints;
    this.server = server;
    this.logs = logs;
    this.containers = containers;
  }

  /**
   * Opens it.
   *
   * @throws EngineException when a socket is in use, or its own records are damaged or newer than
   *     this program; the message says what to do
   */
  public static DockerApi open(DockerConfig config) {
    EventLog events = new EventLog();
    List<Route> routes = new ArrayList<>();
    routes.addAll(new EventRoutes(events, EventAccess::visible).routes());
    routes.addAll(new VolumeRoutes(config.engine().volumes(), events).routes());
    routes.addAll(new ImageRoutes(config.engine().images(), events).routes());
    routes.addAll(new TransferRoutes(config.engine().images()).routes());
    LogWatch logs = new LogWatch();
    LogShipping shipping = new LogShipping(new LogDrivers(), logs);
    DockerContainers containers =
        new DockerContainers(
            config.engine(),
            config.networks(),
            config.dataDir().resolve("containers"),
            config.runDir(),
            events,
            config.publishOnAllAddresses(),
            config.mapUsers(),
            shipping);
    config.engine().volumeWatch().onEvent(event -> tell(events, containers, event));
    routes.addAll(
        new NetworkRoutes(config.networks(), new NetworkMembership(containers), events).routes());
    Execs execs = new Execs(containers);
    ContainerRoutes containerRoutes = new ContainerRoutes(containers, execs);
    routes.addAll(containerRoutes.routes());
    routes.addAll(new CommitRoutes(containers).routes());
    routes.addAll(new LifeRoutes(containers).routes());
    routes.addAll(new StreamRoutes(containers, logs).routes());
    routes.addAll(new ExecRoutes(containers, execs).routes());
    routes.addAll(new InsideRoutes(containers).routes());
    routes.addAll(new ArchiveRoutes(containers).routes());
    routes.addAll(new RegistryRoutes(config.engine().images()).routes());
    routes.addAll(new AbsentRoutes().routes());
    routes.addAll(
        new SystemRoutes(config.engine(), events, config.dataDir(), containerRoutes::measured)
            .routes());
    config
        .engine()
        .builder()
        .connectWith(
            new BuildConnections(
                config.networks(),
                config.engine().containers(),
                config.runDir().resolve("builds")));
    BuildAccess builds = new BuildAccess(config.networks());
    routes.addAll(new BuildRoutes(config.engine().builder(), builds, events).routes());
    BuildkitRoutes buildkit =
        new BuildkitRoutes(
            config.engine(),
            builds,
            config.dataDir().resolve("buildkit"),
            new Workers(
                config.engine().builder(),
                DaemonId.of(config.dataDir()),
                () -> HostFiles.gateway(config.networks())));
    routes.addAll(buildkit.routes());
    DockerServer server = new DockerServer(new Router(routes, config.access()));
    try {
      for (Path socket : config.sockets()) {
        server.listen(socket);
      }
      if (config.tls().isPresent()) {
        server.listen(config.tls().get());
      }
    } catch (IOException | RuntimeException e) {
      server.close();
      shipping.close();
      logs.close();
      buildkit.close();
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "The Docker API can't be opened: " + e.getMessage(), e);
    }
    return new DockerApi(
        server,
        logs,
        buildkit,
        shipping,
        containers,
        routes.stream().map(Route::toString).toList());
  }

  /** An event that dockerd has not: a volume's file system turned read-only, or back. */
  private static void tell(EventLog events, DockerContainers containers, VolumeEvent event) {
    Set<String> users =
        event.affected().stream()
            .map(VolumeEvent.Affected::containerId)
            .collect(Collectors.toCollection(TreeSet::new));
    events.volume(
        event.kind().name().toLowerCase(Locale.ROOT),
        event.mountPoint().toString(),
        containers.namespaces(users),
        Map.of(
            "source", event.source(),
            "type", event.type(),
            "message", event.message(),
            "containers", String.join(",", users)));
  }

  /** All that it answers, as method and path, in the order of its tables. */
  public List<String> endpoints() {
    return endpoints;
  }

  /** Its containers as the cluster is to see them. */
  public ContainerMirror.Source shownContainers() {
    return new ShownContainers(containers);
  }

  /** Hears the id of each container to which something happened; must not block. */
  public void onContainerChange(Consumer<String> listener) {
    containers.onChange(listener);
  }

  /** Listens no more; containers go on. */
  @Override
  public void close() {
    server.close();
    shipping.close();
    logs.close();
    buildkit.close();
  }
}
