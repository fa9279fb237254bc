package dev.mokha.engine.containers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Counters of network interfaces. */
class NetworkCountersTest {
  @Test
  void readsAllButLoopback() {
    String text =
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
            lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
          eth0:    1234      12    3    4    5     6          7         8     5678      56    9   10   11    12      13         14
        br-1:77 2 0 0 0 0 0 0 88 3 0 0 0 0 0 0
        """;
    assertThat(NetworkCounters.parse(text))
        .containsExactly(
            new Usage.Network("eth0", 1234, 12, 3, 4, 5678, 56, 9, 10),
            new Usage.Network("br-1", 77, 2, 0, 0, 88, 3, 0, 0));
  }
}
