package dev.mokha.cel.library;

import dev.mokha.api.quantity.Quantity;
import dev.mokha.cel.value.OpaqueValue;

/**
 * An amount such as {@code 500m} or {@code 2Gi}, as a value of expressions.
 *
 * @param quantity the amount
 */
public record Amount(Quantity quantity) implements OpaqueValue {
  static final String TYPE = "kubernetes.Quantity";

  @Override
  public String typeName() {
    return TYPE;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Amount other && quantity.compareTo(other.quantity) == 0;
  }

  @Override
  public int hashCode() {
    return quantity.toBigDecimal().stripTrailingZeros().hashCode();
  }

  @Override
  public String toString() {
    return quantity.toString();
  }
}
