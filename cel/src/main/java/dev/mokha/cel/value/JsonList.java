package dev.mokha.cel.value;

import dev.mokha.cel.DeclType;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;
import tools.jackson.databind.node.ArrayNode;

/** A JSON array read in place. */
public final class JsonList extends AbstractList<Object> implements RandomAccess {
  private final ArrayNode array;
  private final DeclType type;

  /** Of elements of the declared list's type. */
  public JsonList(ArrayNode array, DeclType type) {
    this.array = array;
    this.type = type;
  }

  @Override
  public Object get(int index) {
    return Values.ofJson(array.get(index), type.elem() == null ? DeclType.DYN : type.elem());
  }

  @Override
  public int size() {
    return array.size();
  }

  /** How it compares and grows. */
  public DeclType.ListForm form() {
    return type.form();
  }

  /** The values of an element's keys, for lists that are maps. */
  List<Object> key(Object element) {
    List<Object> key = new ArrayList<>();
    for (String name : type.keys()) {
      String escaped = dev.mokha.cel.FieldNames.escape(name).orElse(name);
      Object value = element instanceof StructValue s ? s.get(escaped) : null;
      key.add(value == null ? CelNull.NULL : value);
    }
    return key;
  }
}
