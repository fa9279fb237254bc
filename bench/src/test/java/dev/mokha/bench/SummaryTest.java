package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SummaryTest {
  @Test
  void percentileIsTheNearestRank() {
    long[] hundred = LongStream.rangeClosed(1, 100).toArray();
    assertThat(Summary.percentile(hundred, 50)).isEqualTo(50);
    assertThat(Summary.percentile(hundred, 99)).isEqualTo(99);
    assertThat(Summary.percentile(hundred, 100)).isEqualTo(100);
    assertThat(Summary.percentile(hundred, 1)).isEqualTo(1);
  }

  @Test
  void ofFewValuesTheNinetyNinthPercentileIsTheLargest() {
    long[] five = {15, 20, 35, 40, 50};
    assertThat(Summary.percentile(five, 30)).isEqualTo(20);
    assertThat(Summary.percentile(five, 40)).isEqualTo(20);
    assertThat(Summary.percentile(five, 50)).isEqualTo(35);
    assertThat(Summary.percentile(five, 99)).isEqualTo(50);
  }

  @Test
  void oneValueIsEveryPercentile() {
    assertThat(Summary.percentile(new long[] {7}, 1)).isEqualTo(7);
    assertThat(Summary.percentile(new long[] {7}, 99)).isEqualTo(7);
  }

  @Test
  void refusesNoValuesAndNoPercentages() {
    assertThatIllegalArgumentException().isThrownBy(() -> Summary.percentile(new long[0], 50));
    assertThatIllegalArgumentException().isThrownBy(() -> Summary.percentile(new long[] {1}, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Summary.percentile(new long[] {1}, 101));
  }

  @Test
  void summarizesUnsortedNanosecondsInMilliseconds() {
    long[] nanos = {3_000_000, 1_000_000, 2_500_000};
    assertThat(Summary.ofNanos(nanos)).isEqualTo(new Summary(3, 2.5, 3, 3));
    assertThat(nanos).as("the caller's array stays as it was").startsWith(3_000_000L);
    assertThat(Summary.ofNanos(List.of(4_000_000L))).isEqualTo(new Summary(1, 4, 4, 4));
  }
}
