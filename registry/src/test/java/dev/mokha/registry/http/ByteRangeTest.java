package dev.mokha.registry.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ByteRangeTest {
  @Property
  void aRangeWithinIsTakenAsItIs(
      @ForAll @LongRange(min = 1, max = 1L << 40) long size,
      @ForAll @LongRange(min = 0) long a,
      @ForAll @LongRange(min = 0) long b)
      throws ByteRange.Unsatisfiable {
    long first = Math.min(a % size, b % size);
    long last = Math.max(a % size, b % size);
    assertThat(ByteRange.requested("bytes=" + first + "-" + last, size))
        .contains(new ByteRange(first, last));
    assertThat(ByteRange.sent(first + "-" + last)).contains(new ByteRange(first, last));
  }

  @Property
  void whatIsTakenIsWithin(
      @ForAll String header, @ForAll @LongRange(min = 0, max = 100) long size) {
    try {
      ByteRange.requested("bytes=" + header, size)
          .ifPresent(
              range -> {
                assertThat(range.first()).isBetween(0L, size - 1);
                assertThat(range.last()).isBetween(range.first(), size - 1);
              });
    } catch (ByteRange.Unsatisfiable e) {
      assertThat(header).containsAnyOf("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    }
  }

  @Property
  void anyTextAsContentRangeIsReadOrRefused(@ForAll String header) {
    ByteRange.sent(header).ifPresent(range -> assertThat(range.length()).isPositive());
  }

  @Property
  void aSuffixIsTheEnd(
      @ForAll @LongRange(min = 1, max = 1000) long size,
      @ForAll @LongRange(min = 1, max = 2000) long suffix)
      throws ByteRange.Unsatisfiable {
    ByteRange range = ByteRange.requested("bytes=-" + suffix, size).orElseThrow();
    assertThat(range.last()).isEqualTo(size - 1);
    assertThat(range.length()).isEqualTo(Math.min(size, suffix));
  }

  @Test
  void whatIsNotThereIsRefusedAndWhatIsMalformedIgnored() throws ByteRange.Unsatisfiable {
    assertThatThrownBy(() -> ByteRange.requested("bytes=10-", 10))
        .isInstanceOf(ByteRange.Unsatisfiable.class);
    assertThatThrownBy(() -> ByteRange.requested("bytes=-0", 10))
        .isInstanceOf(ByteRange.Unsatisfiable.class);
    assertThatThrownBy(
            () -> ByteRange.requested("bytes=99999999999999999999-999999999999999999999", 10))
        .isInstanceOf(ByteRange.Unsatisfiable.class);
    assertThat(ByteRange.requested("bytes=5-2", 10)).isEmpty();
    assertThat(ByteRange.requested("bytes=0-1,4-5", 10)).isEmpty();
    assertThat(ByteRange.requested("lines=0-1", 10)).isEmpty();
    assertThat(ByteRange.requested("bytes=0-99999999999999999999", 10))
        .contains(new ByteRange(0, 9));
    assertThat(ByteRange.sent("bytes 0-9/10")).contains(new ByteRange(0, 9));
    assertThat(ByteRange.sent("0-")).isEmpty();
  }
}
