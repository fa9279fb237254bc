package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.HealthCheck;
import dev.mokha.engine.containers.Restart;
import dev.mokha.engine.containers.Supervision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** When a container is restarted, and how its health is checked. */
final class SupervisionPlan {
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration START_INTERVAL = Duration.ofSeconds(5);
  private static final int RETRIES = 3;
  private static final long LEAST_NANOS = 1_000_000;

  private SupervisionPlan() {}

  static Supervision of(ObjectNode config, ObjectNode host) {
    return new Supervision(restart(host), health(config));
  }

  static Restart restart(ObjectNode host) {
    ObjectNode policy = Json.object(host, "RestartPolicy");
    String name = Json.text(policy, "Name");
    long retries = Json.number(policy, "MaximumRetryCount");
    if (retries < 0) {
      throw DockerException.invalid(
          "invalid restart policy: maximum retry count cannot be negative");
    }
    Restart.Policy kind =
        switch (name) {
          case "", "no" -> Restart.Policy.NO;
          case "always" -> Restart.Policy.ALWAYS;
          case "unless-stopped" -> Restart.Policy.UNLESS_STOPPED;
          case "on-failure" -> Restart.Policy.ON_FAILURE;
          default ->
              throw DockerException.invalid(
                  "invalid restart policy: unknown policy '"
                      + name
                      + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
        };
    if (retries != 0 && kind != Restart.Policy.ON_FAILURE) {
      throw DockerException.invalid(
          "invalid restart policy: maximum retry count can only be used with 'on-failure'");
    }
    if (kind != Restart.Policy.NO && Json.flag(host, "AutoRemove")) {
      throw DockerException.invalid("can't create 'AutoRemove' container with restart policy");
    }
    return new Restart(kind, (int) retries);
  }

  /** The check; null when there is none. */
  static HealthCheck health(ObjectNode config) {
    if (!Json.has(config, "Healthcheck")) {
      return null;
    }
    ObjectNode health = Json.object(config, "Healthcheck");
    for (String field : List.of("Interval", "Timeout", "StartPeriod", "StartInterval")) {
      long nanos = Json.number(health, field);
      if (nanos != 0 && nanos < LEAST_NANOS) {
        throw DockerException.invalid(
            field
                + " in Healthcheck cannot be less than "
                + Duration.ofMillis(1).toMillis()
                + "ms");
      }
    }
    if (Json.number(health, "Retries") < 0) {
      throw DockerException.invalid("Retries in Healthcheck cannot be negative");
    }
    List<String> test = Json.strings(health, "Test");
    List<String> command = new ArrayList<>();
    switch (test.isEmpty() ? "NONE" : test.get(0)) {
      case "NONE" -> {
        return null;
      }
      case "CMD" -> command.addAll(test.subList(1, test.size()));
      case "CMD-SHELL" -> {
        List<String> shell = Json.strings(config, "Shell");
        command.addAll(shell.isEmpty() ? List.of("/bin/sh", "-c") : shell);
        command.addAll(test.subList(1, test.size()));
      }
      default -> throw DockerException.invalid("Unknown healthcheck type \"" + test.get(0) + "\"");
    }
    if (command.isEmpty()) {
      throw DockerException.invalid("a health check needs a command");
    }
    return new HealthCheck(
        command,
        duration(health, "Interval", INTERVAL),
        duration(health, "Timeout", INTERVAL),
        duration(health, "StartPeriod", Duration.ZERO),
        duration(health, "StartInterval", START_INTERVAL),
        Json.number(health, "Retries") == 0 ? RETRIES : (int) Json.number(health, "Retries"));
  }

  private static Duration duration(ObjectNode health, String field, Duration otherwise) {
    long nanos = Json.number(health, field);
    return nanos == 0 ? otherwise : Duration.ofNanos(nanos);
  }
}
