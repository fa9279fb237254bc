package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Action.Power;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.http.Subject;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What a request about containers is about to do, for whoever decides whether it may. */
final class ContainerActions {
  private final DockerContainers containers;

  ContainerActions(DockerContainers containers) {
    this.containers = containers;
  }

  /** One about the container of the path's {@code {id}}. */
  Route.Describer on(String verb) {
    return request -> on(verb, request.path("id"), request);
  }

  /** What a reference of a request means; there may be no such container. */
  private record Target(
      String verb, String reference, Optional<DockerContainer> found, DockerContainers containers)
      implements Subject {
    @Override
    public Optional<DockerException> gone() {
      return found.filter(this::isGone).map(container -> DockerContainers.missing(reference));
    }

    private boolean isGone(DockerContainer container) {
      // One that goes because it could not be started must say why it could not.
      boolean byOwnFailure = verb.endsWith("start") && container.autoRemove();
      return !byOwnFailure && (container.removing() || containers.find(container.id()).isEmpty());
    }
  }

  /** One about a container that a request names, which becomes {@link #target}. */
  Action on(String verb, String reference, Request request) {
    Target target = new Target(verb, reference, containers.find(reference), containers);
    request.settle(target);
    return target
        .found()
        .map(container -> on(verb, container))
        .orElseGet(
            () -> Action.of(verb, "containers", request.defaultNamespace(), target.reference()));
  }

  /** One about a container. */
  static Action on(String verb, DockerContainer container) {
    return Action.of(verb, "containers", container.record().namespace(), container.name());
  }

  /** The same, or nothing. */
  static Optional<DockerContainer> found(Request request) {
    return request.settled(Target.class).found();
  }

  /**
   * The container that a request was described by, and no other that is called so by now.
   *
   * @throws DockerException 404 when there was none
   */
  static DockerContainer target(Request request) {
    Target target = request.settled(Target.class);
    return target.found().orElseThrow(() -> DockerContainers.missing(target.reference()));
  }

  /** The creation of a container, with what of the host it asks for. */
  Action create(Request request) throws IOException {
    ObjectNode body = request.json();
    return new Action(
        "create",
        "containers",
        Namespaces.ofNew(body, request.defaultNamespace()),
        request.query("name"),
        Json.text(body, "Image"),
        powers(Json.object(body, "HostConfig")));
  }

  /** What of the host a HostConfig asks for. */
  Set<Power> powers(ObjectNode host) {
    Set<Power> powers = EnumSet.noneOf(Power.class);
    add(powers, Power.PRIVILEGED, Json.flag(host, "Privileged"));
    String log = Json.text(Json.object(host, "LogConfig"), "Type");
    boolean sends = containers.logDrivers().kind(log).isPresent();
    add(powers, Power.HOST_PATH, hostPaths(host) || (sends && logFiles(host)));
    add(
        powers,
        Power.HOST_NETWORK,
        // The daemon sends, from the host's network, to wherever the options say.
        sends || Json.text(host, "NetworkMode").equals("host"));
    add(powers, Power.HOST_PID, Json.text(host, "PidMode").equals("host"));
    add(powers, Power.HOST_IPC, Json.text(host, "IpcMode").equals("host"));
    add(powers, Power.HOST_UTS, Json.text(host, "UTSMode").equals("host"));
    add(powers, Power.HOST_USERS, Json.text(host, "UsernsMode").equals("host"));
    add(powers, Power.HOST_CGROUP, Json.text(host, "CgroupnsMode").equals("host"));
    add(
        powers,
        Power.DEVICE,
        !Json.objects(host, "Devices").isEmpty()
            || !Json.strings(host, "DeviceCgroupRules").isEmpty()
            || !Json.objects(host, "DeviceRequests").isEmpty());
    add(powers, Power.CAPABILITIES, !Json.strings(host, "CapAdd").isEmpty());
    add(powers, Power.UNCONFINED, unconfined(host));
    add(
        powers,
        Power.RESOURCES,
        !Json.text(host, "CgroupParent").isEmpty()
            || Json.number(host, "OomScoreAdj") < 0
            || Json.flag(host, "OomKillDisable")
            || Json.number(host, "CpuRealtimeRuntime") > 0);
    return powers;
  }

  private static void add(Set<Power> powers, Power power, boolean is) {
    if (is) {
      powers.add(power);
    }
  }

  /** Whether a log's options name sockets or files of the host. */
  private static boolean logFiles(ObjectNode host) {
    return Json.stringMap(Json.object(host, "LogConfig"), "Config").entrySet().stream()
        .anyMatch(
            option ->
                option.getValue().startsWith("unix") || option.getKey().startsWith("syslog-tls-"));
  }

  /** Binds of host paths, volumes that stand for one, and those that come from other containers. */
  private boolean hostPaths(ObjectNode host) {
    for (String bind : Json.strings(host, "Binds")) {
      if (bind.startsWith("/")) {
        return true;
      }
    }
    for (ObjectNode mount : Json.objects(host, "Mounts")) {
      ObjectNode driver = Json.object(Json.object(mount, "VolumeOptions"), "DriverConfig");
      if (Json.text(mount, "Type").equals("bind")
          || Json.stringMap(driver, "Options").containsKey("device")) {
        return true;
      }
    }
    for (String from : Json.strings(host, "VolumesFrom")) {
      int colon = from.indexOf(':');
      Optional<DockerContainer> other =
          containers.find(colon < 0 ? from : from.substring(0, colon));
      if (other.isPresent()
          && other.get().record().mounts().stream().anyMatch(one -> one.type().equals("bind"))) {
        return true;
      }
    }
    return false;
  }

  private static boolean unconfined(ObjectNode host) {
    List<String> options = Json.strings(host, "SecurityOpt");
    return options.stream().anyMatch(option -> !option.startsWith("no-new-privileges"))
        || Json.has(host, "MaskedPaths")
        || Json.has(host, "ReadonlyPaths");
  }
}
