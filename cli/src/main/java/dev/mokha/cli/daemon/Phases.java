package dev.mokha.cli.daemon;

import java.util.LinkedHashMap;
import java.util.Map;

/** How long each phase of a start took, in milliseconds since the process began. */
final class Phases {
  private final Map<String, Long> at = new LinkedHashMap<>();

  /** A phase is over. */
  synchronized void done(String phase) {
    long began = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
    at.put(phase, System.currentTimeMillis() - began);
  }

  synchronized Map<String, Long> all() {
    return new LinkedHashMap<>(at);
  }
}
