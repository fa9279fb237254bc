package dev.mokha.server.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.server.flow.SeatLending.Claim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SeatLendingTest {
  /** Shares and lendable percentages of the levels a cluster begins with. */
  private static final int[][] INITIAL = {
    {5, 0}, {20, 50}, {10, 0}, {40, 25}, {30, 33}, {40, 50}, {100, 90}
  };

  @Test
  void theInitialLevelsHaveTheSeatsUpstreamGivesThem() {
    List<Claim> idle = new ArrayList<>();
    int seats = 0;
    for (int[] level : INITIAL) {
      int nominal = SeatLending.nominal(level[0], 245, 600);
      seats += nominal;
      int min = SeatLending.min(nominal, level[1]);
      idle.add(new Claim(min, SeatLending.max(nominal, -1, 600), 0));
    }
    assertThat(idle.stream().map(Claim::min)).containsExactly(13, 24, 25, 73, 50, 49, 24);
    assertThat(idle.stream().map(Claim::max)).containsExactly(613, 649, 625, 698, 674, 698, 845);
    assertThat(SeatLending.share(idle, seats)).containsExactly(30, 56, 58, 170, 117, 114, 56);
  }

  @Test
  void whoeverNeedsSeatsGetsThoseOthersLend() {
    int[] limits =
        SeatLending.share(List.of(new Claim(10, 1000, 500), new Claim(20, 1000, 0)), 100);
    assertThat(limits[0]).isGreaterThan(70);
    assertThat(limits[1]).isGreaterThanOrEqualTo(20);
    assertThat(limits[0] + limits[1]).isBetween(99, 101);
  }

  @Property(tries = 200)
  void nobodyFallsBelowItsMinimumAndTheTotalIsUsedUp(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 300) Integer> needs) {
    List<Claim> claims = needs.stream().map(n -> new Claim(10, 800, n)).toList();
    int total = claims.size() * 30;
    int[] limits = SeatLending.share(claims, total);
    assertThat(Arrays.stream(limits).allMatch(l -> l >= 10 && l <= 800)).isTrue();
    assertThat(Arrays.stream(limits).sum()).isBetween(total - claims.size(), total + claims.size());
  }
}
