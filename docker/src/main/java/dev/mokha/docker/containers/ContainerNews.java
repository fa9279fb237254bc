package dev.mokha.docker.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerEvent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** What happens to containers: heard from the engine, told as Docker's events and to listeners. */
final class ContainerNews {
  private final ContainerIndex index;
  private final EventLog events;
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

  ContainerNews(ContainerIndex index, EventLog events) {
    this.index = requireNonNull(index);
    this.events = requireNonNull(events);
  }

  /**
   * Hears from the engine; must not block.
   *
   * @param ended hears of a container that has exited and does not start again by itself
   */
  void changed(Container engineContainer, Consumer<DockerContainer> ended) {
    DockerContainer container = index.byId(engineContainer.id());
    if (container == null) {
      return;
    }
    Container.State state = engineContainer.state();
    Container.Status before = container.tell(state.status());
    Container.Status now = state.status();
    if (before == now && now != Container.Status.RUNNING) {
      return;
    }
    switch (now) {
      case RUNNING -> {
        if (before == Container.Status.PAUSED) {
          publish(container, "unpause", Map.of());
        } else if (before != now) {
          publish(container, "start", Map.of());
        }
      }
      case PAUSED -> publish(container, "pause", Map.of());
      case EXITED, RESTARTING -> {
        if (before == Container.Status.RUNNING || before == Container.Status.PAUSED) {
          died(container, state);
        }
        if (now == Container.Status.EXITED) {
          ended.accept(container);
        }
      }
      default -> {
        // Nothing to tell.
      }
    }
  }

  /** Hears from the engine what is no change of state; must not block. */
  void happened(ContainerEvent event) {
    DockerContainer container = index.byId(event.container().id());
    if (container == null) {
      return;
    }
    switch (event) {
      case ContainerEvent.HealthChanged health ->
          publish(
              container,
              "health_status: " + health.status().name().toLowerCase(Locale.ROOT),
              Map.of());
      case ContainerEvent.OutOfMemory _ -> publish(container, "oom", Map.of());
      case ContainerEvent.Throttled _ -> {
        // Docker has no such event; it counts in the container's statistics.
      }
    }
  }

  private void died(DockerContainer container, Container.State state) {
    long seconds =
        state.started() == null || state.finished() == null
            ? 0
            : Duration.between(state.started(), state.finished()).toSeconds();
    publish(
        container,
        "die",
        Map.of(
            "exitCode",
            Integer.toString(state.exitCode()),
            "execDuration",
            Long.toString(Math.max(0, seconds))));
  }

  /** Tells of something that happened to a container. */
  void publish(DockerContainer container, String action, Map<String, String> more) {
    Map<String, String> attributes = new TreeMap<>(container.labels());
    attributes.put("image", Json.text(container.record().config(), "Image"));
    attributes.put("name", container.name());
    attributes.putAll(more);
    events.container(action, container.id(), container.record().namespace(), attributes);
    listeners.forEach(listener -> listener.accept(container.id()));
  }

  /** Hears the id of each container to which something happened; must not block. */
  void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }
}
