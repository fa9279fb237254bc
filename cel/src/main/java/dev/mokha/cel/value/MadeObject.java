package dev.mokha.cel.value;

import java.util.Map;
import java.util.Set;

/**
 * An object that an expression has made, such as {@code Object.spec{replicas: 3}}.
 *
 * @param typeName the name it was made under
 * @param fields what was given, in that order
 */
public record MadeObject(String typeName, Map<String, Object> fields) implements StructValue {
  @Override
  public Set<String> names() {
    return fields.keySet();
  }

  @Override
  public boolean has(String name) {
    return fields.containsKey(name);
  }

  @Override
  public Object get(String name) {
    return fields.get(name);
  }
}
