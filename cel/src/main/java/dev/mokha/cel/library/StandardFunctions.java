package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.Concatenation;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.Times;
import dev.mokha.cel.value.TypeName;
import dev.mokha.cel.value.UInt;
import dev.mokha.cel.value.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The functions and operators of CEL's standard definition. */
final class StandardFunctions {
  private StandardFunctions() {}

  static void addTo(Overloads all) {
    arithmetic(all);
    order(all);
    conversions(all);
    texts(all);
    all.add("!_", a -> !((Boolean) a[0]), Boolean.class);
    all.add("_==_", a -> Values.equal(a[0], a[1]), Object.class, Object.class);
    all.add("_!=_", a -> !Values.equal(a[0], a[1]), Object.class, Object.class);
    all.add("@in", a -> in(a[0], (List<?>) a[1]), Object.class, List.class);
    all.add("@in", a -> Values.find((Map<?, ?>) a[1], a[0]) != null, Object.class, Map.class);
    all.add("@in", a -> ((StructValue) a[1]).has((String) a[0]), String.class, StructValue.class);
    all.add("size", a -> Values.costSize(a[0]), String.class);
    all.add("size", a -> Values.costSize(a[0]), Bytes.class);
    all.add("size", a -> Values.costSize(a[0]), List.class);
    all.add("size", a -> Values.costSize(a[0]), Map.class);
    all.add("type", a -> Values.typeOf(a[0]), Object.class);
    all.add("dyn", a -> a[0], Object.class);
  }

  private static boolean in(Object value, List<?> list) {
    for (Object element : list) {
      if (Values.equal(value, element)) {
        return true;
      }
    }
    return false;
  }

  private interface LongOperator {
    long apply(long a, long b);
  }

  private static void longs(Overloads all, String name, LongOperator operator) {
    all.add(
        name,
        a -> {
          try {
            return operator.apply((Long) a[0], (Long) a[1]);
          } catch (ArithmeticException e) {
            throw new CelEvaluationException("integer overflow");
          }
        },
        Long.class,
        Long.class);
  }

  private interface BigOperator {
    BigInteger apply(BigInteger a, BigInteger b);
  }

  private static void unsigned(Overloads all, String name, BigOperator operator) {
    all.add(
        name,
        a -> {
          BigInteger result = operator.apply(big((UInt) a[0]), big((UInt) a[1]));
          if (result.signum() < 0 || result.bitLength() > 64) {
            throw new CelEvaluationException("unsigned integer overflow");
          }
          return new UInt(result.longValue());
        },
        UInt.class,
        UInt.class);
  }

  private static BigInteger big(UInt value) {
    return new BigInteger(Long.toUnsignedString(value.bits()));
  }

  private interface DoubleOperator {
    double apply(double a, double b);
  }

  private static void doubles(Overloads all, String name, DoubleOperator operator) {
    all.add(name, a -> operator.apply((Double) a[0], (Double) a[1]), Double.class, Double.class);
  }

  private static CelEvaluationException byZero() {
    return new CelEvaluationException("division by zero");
  }

  private static void arithmetic(Overloads all) {
    longs(all, "_+_", Math::addExact);
    longs(all, "_-_", Math::subtractExact);
    longs(all, "_*_", Math::multiplyExact);
    longs(
        all,
        "_/_",
        (a, b) -> {
          if (b == 0) {
            throw byZero();
          }
          return Math.divideExact(a, b);
        });
    longs(
        all,
        "_%_",
        (a, b) -> {
          if (b == 0) {
            throw new CelEvaluationException("modulus by zero");
          }
          if (a == Long.MIN_VALUE && b == -1) {
            throw new ArithmeticException();
          }
          return a % b;
        });
    unsigned(all, "_+_", BigInteger::add);
    unsigned(all, "_-_", BigInteger::subtract);
    unsigned(all, "_*_", BigInteger::multiply);
    unsigned(
        all,
        "_/_",
        (a, b) -> {
          if (b.signum() == 0) {
            throw byZero();
          }
          return a.divide(b);
        });
    unsigned(
        all,
        "_%_",
        (a, b) -> {
          if (b.signum() == 0) {
            throw new CelEvaluationException("modulus by zero");
          }
          return a.mod(b);
        });
    doubles(all, "_+_", (a, b) -> a + b);
    doubles(all, "_-_", (a, b) -> a - b);
    doubles(all, "_*_", (a, b) -> a * b);
    doubles(all, "_/_", (a, b) -> a / b);
    all.add("_+_", a -> ((String) a[0]).concat((String) a[1]), String.class, String.class);
    all.add("_+_", a -> ((Bytes) a[0]).plus((Bytes) a[1]), Bytes.class, Bytes.class);
    all.add("_+_", a -> Concatenation.of((List<?>) a[0], (List<?>) a[1]), List.class, List.class);
    all.add(
        "_+_",
        a -> Times.checked(((Instant) a[0]).plus((Duration) a[1])),
        Instant.class,
        Duration.class);
    all.add(
        "_+_",
        a -> Times.checked(((Instant) a[1]).plus((Duration) a[0])),
        Duration.class,
        Instant.class);
    all.add(
        "_+_",
        a -> bounded(((Duration) a[0]).plus((Duration) a[1])),
        Duration.class,
        Duration.class);
    all.add(
        "_-_",
        a -> bounded(((Duration) a[0]).minus((Duration) a[1])),
        Duration.class,
        Duration.class);
    all.add(
        "_-_",
        a -> Times.checked(((Instant) a[0]).minus((Duration) a[1])),
        Instant.class,
        Duration.class);
    all.add(
        "_-_",
        a -> bounded(Duration.between((Instant) a[1], (Instant) a[0])),
        Instant.class,
        Instant.class);
    all.add(
        "-_",
        a -> {
          if ((Long) a[0] == Long.MIN_VALUE) {
            throw new CelEvaluationException("integer overflow");
          }
          return -(Long) a[0];
        },
        Long.class);
    all.add("-_", a -> -(Double) a[0], Double.class);
  }

  private static Duration bounded(Duration duration) {
    try {
      // CEL knows no longer durations than nanoseconds in 64 bits.
      return Duration.ofNanos(duration.toNanos());
    } catch (ArithmeticException e) {
      throw new CelEvaluationException("duration overflow");
    }
  }

  private static void order(Overloads all) {
    order(all, "_<_", c -> c < 0);
    order(all, "_<=_", c -> c <= 0);
    order(all, "_>_", c -> c > 0);
    order(all, "_>=_", c -> c >= 0);
  }

  private static void order(Overloads all, String name, IntPredicate wanted) {
    all.add(
        name,
        a -> Values.compare(a[0], a[1]).filter(wanted::test).isPresent(),
        Object.class,
        Object.class);
  }

  private static void conversions(Overloads all) {
    all.add("int", a -> a[0], Long.class);
    all.add(
        "int",
        a -> {
          if (((UInt) a[0]).bits() < 0) {
            throw new CelEvaluationException("integer overflow");
          }
          return ((UInt) a[0]).bits();
        },
        UInt.class);
    all.add("int", a -> whole((Double) a[0]), Double.class);
    all.add("int", a -> parseLong((String) a[0]), String.class);
    all.add("int", a -> ((Instant) a[0]).getEpochSecond(), Instant.class);
    all.add("uint", a -> a[0], UInt.class);
    all.add(
        "uint",
        a -> {
          if ((Long) a[0] < 0) {
            throw new CelEvaluationException("unsigned integer overflow");
          }
          return new UInt((Long) a[0]);
        },
        Long.class);
    all.add("uint", a -> unsigned((Double) a[0]), Double.class);
    all.add("uint", a -> parseUnsigned((String) a[0]), String.class);
    all.add("double", a -> a[0], Double.class);
    all.add("double", a -> (double) (Long) a[0], Long.class);
    all.add("double", a -> ((UInt) a[0]).asDouble(), UInt.class);
    all.add("double", a -> parseDouble((String) a[0]), String.class);
    all.add("bool", a -> a[0], Boolean.class);
    all.add("bool", a -> parseBool((String) a[0]), String.class);
    all.add("bytes", a -> a[0], Bytes.class);
    all.add("bytes", a -> Bytes.utf8((String) a[0]), String.class);
    all.add("string", a -> a[0], String.class);
    all.add("string", a -> a[0].toString(), Boolean.class);
    all.add("string", a -> a[0].toString(), Long.class);
    all.add("string", a -> a[0].toString(), UInt.class);
    all.add("string", a -> GoNumbers.shortest((Double) a[0]), Double.class);
    all.add("string", a -> utf8((Bytes) a[0]), Bytes.class);
    all.add("string", a -> Times.format((Instant) a[0]), Instant.class);
    all.add("string", a -> Times.format((Duration) a[0]), Duration.class);
    all.add("string", a -> ((TypeName) a[0]).name(), TypeName.class);
    all.add("timestamp", a -> a[0], Instant.class);
    all.add(
        "timestamp",
        a -> {
          String text = (String) a[0];
          if (text.length() == 10) {
            throw new CelEvaluationException(
                "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\""
                    .formatted(text));
          }
          return Times.parseInstant(text);
        },
        String.class);
    all.add("timestamp", a -> epoch((Long) a[0]), Long.class);
    all.add("duration", a -> a[0], Duration.class);
    all.add("duration", a -> Times.parseDuration((String) a[0]), String.class);
  }

  private static Instant epoch(long seconds) {
    if (Math.abs(seconds) > 300_000_000_000L) {
      throw new CelEvaluationException("timestamp overflow");
    }
    return Times.checked(Instant.ofEpochSecond(seconds));
  }

  private static long whole(double value) {
    if (Double.isNaN(value) || value <= -0x1p63 || value >= 0x1p63) {
      throw new CelEvaluationException("integer overflow");
    }
    return (long) value;
  }

  private static UInt unsigned(double value) {
    if (Double.isNaN(value) || value < 0 || value >= 0x1p64) {
      throw new CelEvaluationException("unsigned integer overflow");
    }
    return new UInt(new BigDecimal(value).toBigInteger().longValue());
  }

  private static long parseLong(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw badNumber("ParseInt", text, text.matches("[+-]?[0-9]+"));
    }
  }

  private static UInt parseUnsigned(String text) {
    try {
      if (text.startsWith("+")) {
        throw new NumberFormatException();
      }
      return new UInt(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw badNumber("ParseUint", text, text.matches("[0-9]+"));
    }
  }

  private static CelEvaluationException badNumber(String parser, String text, boolean range) {
    return new CelEvaluationException(
        "strconv.%s: parsing %s: %s"
            .formatted(
                parser,
                TextFunctions.quote(text),
                range ? "value out of range" : "invalid syntax"));
  }

  private static double parseDouble(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "nan" -> {
        return Double.NaN;
      }
      case "inf", "+inf", "infinity", "+infinity" -> {
        return Double.POSITIVE_INFINITY;
      }
      case "-inf", "-infinity" -> {
        return Double.NEGATIVE_INFINITY;
      }
      default -> {}
    }
    if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
      throw badNumber("ParseFloat", text, false);
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw badNumber("ParseFloat", text, true);
    }
    return value;
  }

  private static boolean parseBool(String text) {
    return switch (text) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default -> throw badNumber("ParseBool", text, false);
    };
  }

  private static String utf8(Bytes bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new CelEvaluationException("invalid UTF-8 in bytes, cannot convert to string");
    }
  }

  private static void texts(Overloads all) {
    all.add("contains", a -> ((String) a[0]).contains((String) a[1]), String.class, String.class);
    all.add(
        "startsWith", a -> ((String) a[0]).startsWith((String) a[1]), String.class, String.class);
    all.add("endsWith", a -> ((String) a[0]).endsWith((String) a[1]), String.class, String.class);
    all.add(
        "matches",
        a -> Patterns.compile((String) a[1]).matcher((String) a[0]).find(),
        String.class,
        String.class);
    TimeFunctions.addTo(all);
  }
}
