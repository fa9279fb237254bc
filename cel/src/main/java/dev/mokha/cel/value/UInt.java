package dev.mokha.cel.value;

/**
 * An unsigned integer of 64 bits.
 *
 * @param bits the value, read as unsigned
 */
public record UInt(long bits) implements Comparable<UInt> {
  @Override
  public int compareTo(UInt other) {
    return Long.compareUnsigned(bits, other.bits);
  }

  /** The nearest double. */
  public double asDouble() {
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(bits);
  }
}
