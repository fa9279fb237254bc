package dev.mokha.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What tests may need of the machine. */
public final class Root {
  private Root() {}

  /** Skips the test when not root. */
  public static void required() {
    assumeTrue(
        Capability.effective().contains(Capability.SYS_ADMIN),
        "needs root: it mounts and makes namespaces");
  }
}
