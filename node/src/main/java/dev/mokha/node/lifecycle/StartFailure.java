package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.node.environment.ConfigurationException;
import dev.mokha.node.images.ImageException;
import dev.mokha.node.volume.VolumeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Why a start failed, in the words that users see.
 *
 * @param reason such as {@code CreateContainerConfigError}
 * @param message in words
 * @param retryAt when to try again; empty for the usual back-off
 * @param counts the runtime refused to run it: that counts as a run with exit code 128
 */
record StartFailure(String reason, String message, Optional<Instant> retryAt, boolean counts) {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  StartFailure {
    requireNonNull(reason, "reason");
    requireNonNull(retryAt, "retryAt");
  }

  static StartFailure of(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case ImageException image ->
          new StartFailure(image.reason(), message, Optional.of(image.retryAt()), false);
      case ConfigurationException _ ->
          new StartFailure("CreateContainerConfigError", message, Optional.empty(), false);
      case VolumeException _ ->
          new StartFailure("CreateContainerConfigError", message, Optional.empty(), false);
      case EngineException engine when engine.code() == EngineException.Code.RUNTIME ->
          new StartFailure("RunContainerError", message, Optional.empty(), true);
      default -> new StartFailure("CreateContainerError", message, Optional.empty(), false);
    };
  }

  static Duration next(Duration before) {
    if (before.isZero()) {
      return FIRST;
    }
    Duration doubled = before.multipliedBy(2);
    return doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
  }
}
