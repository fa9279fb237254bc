package dev.mokha.engine.volumewatch;

import dev.mokha.engine.containers.ContainerSpec;
import java.util.Locale;

/** What is done about a file system that turned read-only. A container says it by annotation. */
public enum HealPolicy {
  /** Nothing but telling. */
  REPORT,
  /** It is remounted writable, if the kernel does that. The default. */
  REMOUNT,
  /**
   * If remounting does not help, its containers are stopped, it is unmounted, checked and mounted
   * again, and they are started. Only when all that use it say so.
   */
  RESTART;

  /** The annotation ({@code docker run --annotation}). */
  public static final String ANNOTATION = "dev.mokha/volume-read-only";

  /** What a container wants; the default for words that are none of these. */
  static HealPolicy of(ContainerSpec spec) {
    String word = spec.annotations().getOrDefault(ANNOTATION, "").toUpperCase(Locale.ROOT);
    for (HealPolicy policy : values()) {
      if (policy.name().equals(word)) {
        return policy;
      }
    }
    return REMOUNT;
  }
}
