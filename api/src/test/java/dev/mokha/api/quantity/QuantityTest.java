package dev.mokha.api.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0m,0",
    "0Gi,0",
    "1,1",
    "1000m,1",
    "0.5,500m",
    ".5,500m",
    "5.,5",
    "100m,100m",
    "1500m,1500m",
    "1.5Gi,1536Mi",
    "1024Ki,1Mi",
    "1Gi,1Gi",
    "1000Ki,1000Ki",
    "1023,1023",
    "1024,1024",
    "0.5Ki,512",
    "0.1Ki,102400m",
    "1e3,1e3",
    "1000e0,1e3",
    "1E3,1e3",
    "1E,1E",
    "1e-3,1e-3",
    "12345678901234567890,12345678901234567890",
    "100k,100k",
    "100000,100k",
    "1.0,1",
    "+5,5",
    "-1500m,-1500m",
    "1n,1n",
    "0.1n,1n",
    "1.1n,2n",
    "1u,1u",
    "1000u,1m",
    "1Ei,1Ei",
    "9Ei,9223372036854775807",
    "1e21,1e21",
    "1000E,1000E",
    "2Ti,2Ti",
    "0.000001Ki,1024u"
  })
  void writesTheCanonicalForm(String text, String canonical) {
    assertThat(Quantity.canonical(text)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", ".", "1.2.3", "1 ", " 1", "1mm", "1Kii", "1i", "abc", "1e", "0x1", "1,5"})
  void refusesWhatIsNoQuantity(String text) {
    if (text.equals("1e")) {
      // Not an exponent without digits, and no suffix either.
      assertThatThrownBy(() -> Quantity.parse(text)).hasMessageContaining("suffix");
      return;
    }
    assertThatThrownBy(() -> Quantity.parse(text)).isInstanceOf(QuantityFormatException.class);
  }

  @Test
  void comparesAcrossFamilies() {
    assertThat(Quantity.parse("1Ki")).isEqualTo(Quantity.parse("1024"));
    assertThat(Quantity.parse("1Ki").hashCode()).isEqualTo(Quantity.parse("1024").hashCode());
    assertThat(Quantity.parse("1Gi")).isGreaterThan(Quantity.parse("1G"));
  }

  @Test
  void roundsAwayFromZero() {
    assertThat(Quantity.parse("1m").value()).isEqualTo(1);
    assertThat(Quantity.parse("1500m").value()).isEqualTo(2);
    assertThat(Quantity.parse("1u").milliValue()).isEqualTo(1);
    assertThat(Quantity.parse("2").milliValue()).isEqualTo(2000);
    assertThat(Quantity.parse("1e30").value()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void sumsKeepTheFirstFamily() {
    assertThat(Quantity.parse("2").subtract(Quantity.parse("100m"))).hasToString("1900m");
    assertThat(Quantity.parse("1Gi").add(Quantity.parse("1Mi"))).hasToString("1025Mi");
    assertThat(Quantity.ZERO.add(Quantity.parse("1Gi"))).hasToString("1Gi");
    assertThat(Quantity.of(Long.MAX_VALUE).add(Quantity.of(1)).toBigDecimal())
        .isEqualByComparingTo(BigDecimal.valueOf(Long.MAX_VALUE).add(BigDecimal.ONE));
  }

  @Property
  void textRoundTrips(@ForAll long unscaled, @ForAll @IntRange(min = -9, max = 12) int scale) {
    for (Quantity.Format format : Quantity.Format.values()) {
      Quantity quantity = Quantity.of(BigDecimal.valueOf(unscaled, -scale), format);
      if (format == Quantity.Format.BINARY_SI
          && quantity.toBigDecimal().abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
        continue; // Binary amounts end at the largest long.
      }
      Quantity again = Quantity.parse(quantity.toString());
      assertThat(again).isEqualTo(quantity);
      if (format != Quantity.Format.BINARY_SI) { // A whole binary amount may need no suffix.
        assertThat(again).hasToString(quantity.toString());
      }
    }
  }

  @Property
  void orderIsThatOfTheAmounts(
      @ForAll int a,
      @ForAll @IntRange(min = -9, max = 9) int scaleA,
      @ForAll int b,
      @ForAll @IntRange(min = -9, max = 9) int scaleB) {
    BigDecimal amountA = BigDecimal.valueOf(a, -scaleA);
    BigDecimal amountB = BigDecimal.valueOf(b, -scaleB);
    Quantity quantityA = Quantity.of(amountA, Quantity.Format.DECIMAL_SI);
    Quantity quantityB = Quantity.of(amountB, Quantity.Format.BINARY_SI);
    assertThat(Integer.signum(quantityA.compareTo(quantityB)))
        .isEqualTo(amountA.compareTo(amountB));
    assertThat(quantityA.add(quantityB).subtract(quantityB)).isEqualTo(quantityA);
  }
}
