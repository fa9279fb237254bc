package dev.mokha.node.pod;

/** What part a container plays in its pod. */
public enum ContainerKind {
  /** Runs to its end before the next one begins. */
  INIT,
  /**
   * An init container with restartPolicy Always: started in its turn, then runs along (KEP-753).
   */
  SIDECAR,
  /** One of {@code spec.containers}. */
  MAIN,
  /** Added to a running pod for debugging; never restarted (KEP-277). */
  EPHEMERAL
}
