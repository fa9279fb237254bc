package dev.mokha.cel.value;

/** A value that only the functions of its library look into. */
public interface OpaqueValue {
  /** The name of its type, such as {@code kubernetes.Quantity}. */
  String typeName();

  /** Its size in the cost model; 1 for those whose size never matters. */
  default long costSize() {
    return 1;
  }
}
