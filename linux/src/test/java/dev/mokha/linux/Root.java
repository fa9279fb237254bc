package dev.mokha.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What tests may need of the machine. */
final class Root {
  private Root() {}

  static void required() {
    assumeTrue(
        Capability.effective().contains(Capability.SYS_ADMIN),
        "needs root: it mounts and makes namespaces");
  }
}
