package dev.mokha.node.resources;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalLong;

/** Kubernetes quantities as whole numbers, rounded up. */
public final class Quantities {
  private Quantities() {}

  /** A map's CPU in thousandths of a core. */
  public static OptionalLong cpuMillis(Map<String, Quantity> amounts) {
    return value(amounts, "cpu", 1000);
  }

  /** A map's memory in bytes. */
  public static OptionalLong memoryBytes(Map<String, Quantity> amounts) {
    return value(amounts, "memory", 1);
  }

  /** Any resource of a map in whole units. */
  public static OptionalLong amount(Map<String, Quantity> amounts, String resource) {
    return value(amounts, resource, 1);
  }

  /** A quantity in whole units. */
  public static long whole(Quantity quantity) {
    return scaled(quantity, 1);
  }

  private static OptionalLong value(Map<String, Quantity> amounts, String resource, int scale) {
    Quantity quantity = amounts == null ? null : amounts.get(resource);
    return quantity == null ? OptionalLong.empty() : OptionalLong.of(scaled(quantity, scale));
  }

  private static long scaled(Quantity quantity, int scale) {
    BigDecimal value = quantity.getNumericalAmount().multiply(BigDecimal.valueOf(scale));
    BigDecimal whole = value.setScale(0, RoundingMode.CEILING);
    return whole.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue();
  }

  /** The quantity divided by a divisor and rounded up, as resourceFieldRef wants it. */
  public static long divided(Quantity quantity, Quantity divisor) {
    BigDecimal by = divisor == null ? BigDecimal.ONE : divisor.getNumericalAmount();
    if (by.signum() == 0) {
      by = BigDecimal.ONE;
    }
    return quantity.getNumericalAmount().divide(by, 0, RoundingMode.CEILING).longValue();
  }
}
