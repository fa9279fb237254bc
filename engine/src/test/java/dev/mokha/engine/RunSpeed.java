package dev.mokha.engine;

import dev.mokha.engine.containers.Container;
import java.util.Arrays;

/**
 * Measures what {@code docker run --rm busybox echo} costs in the engine: medians of each step, in
 * microseconds. Arguments: how often, the owner ({@code docker} is durable, {@code pod/x} not), and
 * {@code ephemeral} for one that is removed at its end.
 */
public final class RunSpeed {
  private RunSpeed() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 50;
    String owner = args.length > 1 ? args[1] : "docker";
    boolean ephemeral = args.length > 2 && args[2].equals("ephemeral");
    String[] names = {"create", "attach", "start", "output", "exit", "remove", "all"};
    long[][] times = new long[names.length][rounds];
    try (TestEngine test = TestEngine.withBusybox()) {
      for (int i = -rounds / 3; i < rounds; i++) {
        long[] at = new long[names.length];
        at[0] = System.nanoTime();
        Container container =
            test.engine()
                .containers()
                .create(
                    test.spec("echo", "hi").owner(owner).build().toBuilder()
                        .ephemeral(ephemeral)
                        .build());
        at[1] = System.nanoTime();
        var session = container.attach(false, true, true);
        at[2] = System.nanoTime();
        container.start();
        at[3] = System.nanoTime();
        session.stdout().readAllBytes();
        at[4] = System.nanoTime();
        container.awaitExit();
        at[5] = System.nanoTime();
        session.close();
        container.remove();
        at[6] = System.nanoTime();
        for (int k = 0; k < 6 && i >= 0; k++) {
          times[k][i] = at[k + 1] - at[k];
        }
        if (i >= 0) {
          times[6][i] = at[6] - at[0];
        }
      }
    }
    for (int k = 0; k < names.length; k++) {
      Arrays.sort(times[k]);
      System.out.printf(
          "%-8s p50 %7d us   p90 %7d us%n",
          names[k], times[k][rounds / 2] / 1000, times[k][rounds * 9 / 10] / 1000);
    }
  }
}
