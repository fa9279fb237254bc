package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.Health;
import dev.mokha.engine.containers.Container.State;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** What a container does, in Docker's words. */
public final class ContainerState {
  private static final String NEVER = "0001-01-01T00:00:00Z";
  private static final DateTimeFormatter NANOS =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd'T'HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral('Z')
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private ContainerState() {}

  /** created, running, paused, restarting, removing, exited or dead. */
  public static String word(DockerContainer container) {
    if (container.removing()) {
      return "removing";
    }
    return word(container.engine().state().status());
  }

  static String word(Container.Status status) {
    return switch (status) {
      case UNKNOWN -> "dead";
      default -> status.name().toLowerCase(Locale.ROOT);
    };
  }

  /** A time as Go writes it; the year 1 for none. */
  public static String time(Instant at) {
    return at == null ? NEVER : NANOS.format(at);
  }

  /** The column STATUS of {@code docker ps}. */
  static String status(DockerContainer container, Instant now) {
    State state = container.engine().state();
    String health = healthSuffix(container.engine().health());
    return switch (word(container)) {
      case "running" -> "Up " + ago(state.started(), now) + health;
      case "paused" -> "Up " + ago(state.started(), now) + " (Paused)";
      case "restarting" ->
          "Restarting (" + state.exitCode() + ") " + ago(state.finished(), now) + " ago";
      case "created" -> "Created";
      case "removing" -> "Removal In Progress";
      case "dead" -> "Dead";
      default -> "Exited (" + state.exitCode() + ") " + ago(state.finished(), now) + " ago";
    };
  }

  private static String healthSuffix(Health health) {
    return switch (health.status()) {
      case NONE -> "";
      case STARTING -> " (health: starting)";
      case HEALTHY -> " (healthy)";
      case UNHEALTHY -> " (unhealthy)";
    };
  }

  /** A length of time as Docker tells it to people. */
  static String ago(Instant since, Instant now) {
    long seconds = since == null ? 0 : Math.max(0, Duration.between(since, now).toSeconds());
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds == 1) {
      return "1 second";
    }
    if (seconds < 60) {
      return seconds + " seconds";
    }
    long minutes = seconds / 60;
    if (minutes == 1) {
      return "About a minute";
    }
    if (minutes < 60) {
      return minutes + " minutes";
    }
    long hours = Math.round(seconds / 3600.0);
    if (hours == 1) {
      return "About an hour";
    }
    if (hours < 48) {
      return hours + " hours";
    }
    if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    }
    if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    }
    if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return hours / 24 / 365 + " years";
  }

  /** Without the engine's own beginning, which names the container that is being looked at. */
  private static String plain(String message) {
    return message.replaceFirst("^Container [0-9a-f]{64} could not be started: ", "");
  }

  /** State of an inspection. */
  static ObjectNode json(DockerContainer container) {
    State state = container.engine().state();
    String word = word(container);
    boolean running = container.isRunning() || word.equals("restarting");
    ObjectNode json = Json.object();
    json.put("Status", word);
    json.put("Running", running);
    json.put("Paused", word.equals("paused"));
    json.put("Restarting", word.equals("restarting"));
    json.put("OOMKilled", state.oomKilled());
    json.put("Dead", word.equals("dead"));
    json.put("Pid", container.isRunning() ? state.pid() : 0);
    json.put("ExitCode", container.isRunning() ? 0 : state.exitCode());
    json.put("Error", state.message() == null ? "" : plain(state.message()));
    json.put("StartedAt", time(state.started()));
    json.put("FinishedAt", time(state.finished()));
    Health health = container.engine().health();
    if (health.status() != Container.HealthStatus.NONE) {
      ObjectNode checks = json.putObject("Health");
      checks.put("Status", health.status().name().toLowerCase(Locale.ROOT));
      checks.put("FailingStreak", health.failingStreak());
      var log = checks.putArray("Log");
      for (Container.Check check : health.log()) {
        log.addObject()
            .put("Start", time(check.start()))
            .put("End", time(check.end()))
            .put("ExitCode", check.exitCode())
            .put("Output", check.output());
      }
    }
    return json;
  }
}
