package dev.mokha.api.quantity;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * An exact amount of something, in the notation of Kubernetes' resource quantities: a decimal
 * number with a suffix of one of three families (see {@link Format}).
 *
 * <p>An amount has at most nine fractional digits; finer ones are rounded away from zero, so that
 * whoever asked for something gets something. Two quantities are equal when their amounts are, in
 * whatever family they are written: {@code 1000m} equals {@code 1}.
 *
 * <pre>{@code
 * Quantity.parse("0.5").toString();                       // 500m
 * Quantity.parse("1.5Gi").toString();                     // 1536Mi
 * Quantity.parse("2").subtract(Quantity.parse("100m"));   // 1900m
 * }</pre>
 */
public final class Quantity implements Comparable<Quantity> {
  /** Nothing. */
  public static final Quantity ZERO = new Quantity(0, 0, null, Format.DECIMAL_SI);

  private static final int FINEST = -9;
  private static final int LARGEST_SI = 18;
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
  private static final BigDecimal LARGEST_BINARY = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final String BINARY_SUFFIXES = "KMGTPE";

  /** The family of suffixes that an amount is written with. */
  public enum Format {
    /** {@code n u m - k M G T P E}, powers of 1000. */
    DECIMAL_SI,
    /** {@code Ki Mi Gi Ti Pi Ei}, powers of 1024. */
    BINARY_SI,
    /** {@code e3}, {@code E-6}. */
    DECIMAL_EXPONENT
  }

  /** The amount is {@code unscaled * 10^scale} unless {@code big} is set. */
  private final long unscaled;

  private final int scale;
  private final BigDecimal big;
  private final Format format;

  private Quantity(long unscaled, int scale, BigDecimal big, Format format) {
    this.unscaled = unscaled;
    this.scale = scale;
    this.big = big;
    this.format = format;
  }

  /** A whole number of units. */
  public static Quantity of(long units) {
    return new Quantity(units, 0, null, Format.DECIMAL_SI);
  }

  /** A whole number of thousandths. */
  public static Quantity ofMilli(long thousandths) {
    return new Quantity(thousandths, -3, null, Format.DECIMAL_SI);
  }

  /** A whole number of bytes, written with binary suffixes. */
  public static Quantity ofBytes(long bytes) {
    return new Quantity(bytes, 0, null, Format.BINARY_SI);
  }

  /** An amount in a family, rounded away from zero to nine fractional digits. */
  public static Quantity of(BigDecimal amount, Format format) {
    requireNonNull(format, "format");
    BigDecimal exact =
        amount.scale() > -FINEST ? amount.setScale(-FINEST, RoundingMode.UP) : amount;
    BigInteger digits = exact.unscaledValue();
    return digits.bitLength() < Long.SIZE
        ? new Quantity(digits.longValue(), -exact.scale(), null, format)
        : new Quantity(0, 0, exact, format);
  }

  /**
   * Reads the text form.
   *
   * @throws QuantityFormatException when the text is none; its message is the one clients know
   */
  public static Quantity parse(String text) {
    return QuantityParser.parse(text);
  }

  /** The canonical text of a quantity's text, such as {@code 1} for {@code 1000m}. */
  public static String canonical(String text) {
    return parse(text).toString();
  }

  static Quantity decimal(long unscaled, int scale, Format format) {
    return new Quantity(unscaled, scale, null, format);
  }

  static Quantity binary(BigDecimal mantissa, int powerOf1024) {
    BigDecimal amount = mantissa.multiply(KIBI.pow(powerOf1024));
    if (amount.abs().compareTo(LARGEST_BINARY) > 0) {
      amount = amount.signum() < 0 ? LARGEST_BINARY.negate() : LARGEST_BINARY;
    }
    boolean fraction = amount.abs().compareTo(BigDecimal.ONE) < 0;
    return of(amount, fraction ? Format.DECIMAL_SI : Format.BINARY_SI);
  }

  /** The family it was written in. */
  public Format format() {
    return format;
  }

  /** The exact amount. */
  public BigDecimal toBigDecimal() {
    return big != null ? big : BigDecimal.valueOf(unscaled, -scale);
  }

  /** -1, 0 or 1. */
  public int signum() {
    return big != null ? big.signum() : Long.signum(unscaled);
  }

  /** True for nothing at all. */
  public boolean isZero() {
    return signum() == 0;
  }

  /** Whole units, rounded away from zero, at most {@link Long#MAX_VALUE}. */
  public long value() {
    return scaledValue(0);
  }

  /** Whole thousandths, rounded away from zero, at most {@link Long#MAX_VALUE}. */
  public long milliValue() {
    return scaledValue(-3);
  }

  private long scaledValue(int toScale) {
    if (big == null && scale == toScale) {
      return unscaled;
    }
    BigInteger rounded =
        toBigDecimal().scaleByPowerOfTen(-toScale).setScale(0, RoundingMode.UP).unscaledValue();
    if (rounded.bitLength() < Long.SIZE) {
      return rounded.longValue();
    }
    return rounded.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  /** True when the amount is a whole number of units. */
  public boolean isWhole() {
    return (big == null && scale >= 0) || toBigDecimal().stripTrailingZeros().scale() <= 0;
  }

  /** The sum, in this one's family (in the other's when this is zero). */
  public Quantity add(Quantity other) {
    Format family = isZero() ? other.format : format;
    if (big == null && other.big == null && scale == other.scale) {
      long sum = unscaled + other.unscaled;
      if (((unscaled ^ sum) & (other.unscaled ^ sum)) >= 0) {
        return new Quantity(sum, scale, null, family);
      }
    }
    return of(toBigDecimal().add(other.toBigDecimal()), family);
  }

  /** The difference, in this one's family (in the other's when this is zero). */
  public Quantity subtract(Quantity other) {
    return add(other.negate());
  }

  /** The same amount with the other sign. */
  public Quantity negate() {
    return big == null && unscaled != Long.MIN_VALUE
        ? new Quantity(-unscaled, scale, null, format)
        : of(toBigDecimal().negate(), format);
  }

  @Override
  public int compareTo(Quantity other) {
    return big == null && other.big == null && scale == other.scale
        ? Long.compare(unscaled, other.unscaled)
        : toBigDecimal().compareTo(other.toBigDecimal());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Quantity q && compareTo(q) == 0;
  }

  @Override
  public int hashCode() {
    return isZero() ? 0 : toBigDecimal().stripTrailingZeros().hashCode();
  }

  /** The canonical form: no fraction, the largest suffix of its family that loses nothing. */
  @Override
  public String toString() {
    if (isZero()) {
      return "0";
    }
    if (format == Format.BINARY_SI && toBigDecimal().abs().compareTo(KIBI) >= 0 && isWhole()) {
      return binaryText();
    }
    BigDecimal stripped = toBigDecimal().stripTrailingZeros();
    int exponent = Math.floorDiv(-stripped.scale(), 3) * 3;
    if (format != Format.DECIMAL_EXPONENT) {
      exponent = Math.min(exponent, LARGEST_SI);
    }
    String digits = stripped.scaleByPowerOfTen(-exponent).toBigIntegerExact().toString();
    if (exponent == 0) {
      return digits;
    }
    return format == Format.DECIMAL_EXPONENT
        ? digits + "e" + exponent
        : digits + QuantityParser.decimalSuffix(exponent);
  }

  private String binaryText() {
    BigInteger whole = toBigDecimal().toBigIntegerExact();
    int power = Math.min(whole.getLowestSetBit() / 10, BINARY_SUFFIXES.length());
    return power == 0
        ? whole.toString()
        : whole.shiftRight(10 * power) + BINARY_SUFFIXES.substring(power - 1, power) + "i";
  }
}
