package dev.mokha.cel.value;

/**
 * The type of a value, as {@code type(x)} gives it.
 *
 * @param name such as {@code int}, {@code list}, {@code google.protobuf.Timestamp}
 */
public record TypeName(String name) {
  @Override
  public String toString() {
    return name;
  }
}
