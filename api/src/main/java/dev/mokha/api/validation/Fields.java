package dev.mokha.api.validation;

import java.util.Set;
import java.util.TreeSet;

/** The names of fields of an object before and after a change. */
final class Fields {
  private Fields() {}

  static Set<String> union(Value a, Value b) {
    Set<String> names = new TreeSet<>(a.node().propertyNames());
    names.addAll(b.node().propertyNames());
    return names;
  }
}
