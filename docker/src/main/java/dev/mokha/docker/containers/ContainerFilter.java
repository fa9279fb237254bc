package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.images.Image;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which containers a list shows. */
final class ContainerFilter {
  private static final Set<String> KEYS =
      Set.of(
          "ancestor",
          "before",
          "exited",
          "expose",
          "health",
          "id",
          "is-task",
          "label",
          "name",
          "network",
          "publish",
          "since",
          "status",
          "volume");
  private static final Set<String> STATES =
      Set.of("created", "running", "paused", "restarting", "removing", "exited", "dead");
  private static final Set<String> HEALTH = Set.of("none", "starting", "healthy", "unhealthy");

  private final DockerContainers containers;
  private final Filters filters;
  private final boolean all;
  private final Instant before;
  private final Instant since;
  private final Set<Integer> exited = new HashSet<>();
  private final Set<String> ancestors = new HashSet<>();

  /**
   * Reads filters.
   *
   * @param known finds the containers that filters name, among those the caller may see
   * @param all whether those that do not run are shown; some filters say so too
   * @throws DockerException 400 for those that make no sense
   */
  ContainerFilter(
      DockerContainers containers,
      Filters filters,
      Function<String, DockerContainer> known,
      boolean all) {
    this.containers = containers;
    this.filters = filters.only(KEYS);
    this.before = created("before", known);
    this.since = created("since", known);
    for (String code : filters.get("exited")) {
      try {
        exited.add(Integer.parseInt(code));
      } catch (NumberFormatException e) {
        throw DockerException.invalid(
            "invalid filter 'exited="
                + code
                + "': strconv.Atoi: parsing \""
                + code
                + "\": invalid syntax");
      }
    }
    for (String status : filters.get("status")) {
      if (!STATES.contains(status)) {
        throw DockerException.invalid(
            "invalid filter 'status="
                + status
                + "': invalid value for state ("
                + status
                + "): must be one of created, running, paused, restarting, removing, exited, dead");
      }
    }
    for (String health : filters.get("health")) {
      if (!HEALTH.contains(health)) {
        throw DockerException.invalid(
            "invalid filter 'health="
                + health
                + "': invalid value for health ("
                + health
                + "): must be one of none, starting, healthy, unhealthy");
      }
    }
    for (String ancestor : filters.get("ancestor")) {
      ancestors(ancestor);
    }
    this.all =
        all || filters.has("status") || filters.has("exited") || before != null || since != null;
    filters.bool("is-task", false);
    for (String key : List.of("expose", "publish")) {
      filters.get(key).forEach(wanted -> requirePorts(key, wanted));
    }
  }

  private static void requirePorts(String key, String wanted) {
    for (String number : wanted.split("/", 2)[0].split("-", 2)) {
      if (!number.matches("\\d{1,5}")) {
        throw DockerException.invalid(
            "error while looking up for "
                + key
                + " "
                + wanted
                + ": strconv.ParseUint: parsing \""
                + number
                + "\": invalid syntax");
      }
    }
  }

  private Instant created(String key, Function<String, DockerContainer> known) {
    Instant found = null;
    for (String reference : filters.get(key)) {
      found = known.apply(reference).record().created();
    }
    return found;
  }

  /** The image itself, and those that were made from it. */
  private void ancestors(String reference) {
    Optional<Image> image = containers.engine().images().find(reference);
    if (image.isEmpty()) {
      return;
    }
    List<String> layers = image.get().layers();
    for (Image one : containers.engine().images().list()) {
      if (one.layers().size() >= layers.size()
          && one.layers().subList(0, layers.size()).equals(layers)) {
        ancestors.add(one.id());
      }
    }
    ancestors.add(image.get().id());
  }

  boolean admits(DockerContainer container) {
    Container.State state = container.engine().state();
    ContainerRecord record = container.record();
    String word = ContainerState.word(container);
    boolean running = container.isRunning() || word.equals("restarting");
    return (all || running)
        && filters.admits("status", word)
        && (!filters.has("is-task") || !filters.bool("is-task", false))
        && (exited.isEmpty()
            || (!running && state.started() != null && exited.contains(state.exitCode())))
        && (before == null || record.created().isBefore(before))
        && (since == null || record.created().isAfter(since))
        && filters.matchesLabels(container.labels())
        && (!filters.has("ancestor") || ancestors.contains(record.imageId()))
        && filters.admits(
            "health", container.engine().health().status().name().toLowerCase(Locale.ROOT))
        && matches("id", record.id())
        && (!filters.has("name")
            || matches("name", record.name())
            || matches("name", "/" + record.name()))
        && network(container)
        && volume(record)
        && ports(container);
  }

  private boolean matches(String key, String value) {
    if (!filters.has(key)) {
      return true;
    }
    for (String wanted : filters.get(key)) {
      try {
        if (Pattern.compile(wanted).matcher(value).find()) {
          return true;
        }
      } catch (PatternSyntaxException e) {
        if (value.contains(wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean network(DockerContainer container) {
    if (!filters.has("network")) {
      return true;
    }
    for (String wanted : filters.get("network")) {
      String name = wanted;
      try {
        name = containers.networks().inspect(wanted).name();
      } catch (RuntimeException none) {
        // Then by the name as it was given.
      }
      if (container.record().endpoints().has(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean volume(ContainerRecord record) {
    return !filters.has("volume")
        || record.mounts().stream()
            .anyMatch(
                mount ->
                    filters.get("volume").contains(mount.destination())
                        || (!mount.name().isEmpty() && filters.get("volume").contains(mount.name()))
                        || (!mount.source().isEmpty()
                            && filters.get("volume").contains(mount.source())));
  }

  private boolean ports(DockerContainer container) {
    if (filters.has("expose")) {
      List<String> exposed = Json.keys(container.record().config(), "ExposedPorts");
      if (exposed.stream().noneMatch(port -> admitsPort("expose", port))) {
        return false;
      }
    }
    if (filters.has("publish")) {
      List<PortBinding> bound =
          containers
              .networks()
              .sandbox(container.id())
              .map(sandbox -> sandbox.ports())
              .orElse(List.of());
      return bound.stream()
          .anyMatch(
              port ->
                  admitsPort("publish", port.hostPort() + "/" + port.protocol())
                      || admitsPort("publish", port.containerPort() + "/" + port.protocol()));
    }
    return true;
  }

  /** {@code 80}, {@code 80/tcp}, {@code 8000-8080/tcp}. */
  private boolean admitsPort(String key, String port) {
    PortPlan.Port actual = PortPlan.Port.parse(port);
    for (String wanted : filters.get(key)) {
      int slash = wanted.indexOf('/');
      String protocol = slash < 0 ? "tcp" : wanted.substring(slash + 1);
      String numbers = slash < 0 ? wanted : wanted.substring(0, slash);
      int dash = numbers.indexOf('-');
      try {
        int first = Integer.parseInt(dash < 0 ? numbers : numbers.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(numbers.substring(dash + 1));
        if (protocol.equals(actual.protocol())
            && actual.number() >= first
            && actual.number() <= last) {
          return true;
        }
      } catch (NumberFormatException e) {
        throw DockerException.invalid("invalid port specification: \"" + wanted + "\"");
      }
    }
    return false;
  }
}
