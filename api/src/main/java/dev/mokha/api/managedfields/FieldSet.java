package dev.mokha.api.managedfields;

import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of paths, as a tree: each node is a path, and says whether it is itself a member. An edge
 * is an element in the notation of FieldsV1: {@code f:name} is a field, {@code k:{...}} an element
 * of a list by its keys, {@code v:...} a value in a set, {@code i:...} a position.
 *
 * <p>Algebra gives new sets and may share parts of the old ones; only {@link #add} and {@link
 * #child} change a set, and only while it is built.
 */
final class FieldSet {
  private static final String SELF = ".";

  private boolean member;
  private final TreeMap<String, FieldSet> children = new TreeMap<>();

  FieldSet() {}

  private FieldSet(boolean member) {
    this.member = member;
  }

  static FieldSet decode(JsonNode fields) {
    FieldSet set = new FieldSet();
    for (Map.Entry<String, JsonNode> entry : fields.properties()) {
      if (entry.getKey().equals(SELF)) {
        set.member = true;
      } else {
        FieldSet child = decode(entry.getValue());
        child.member |= entry.getValue().isEmpty();
        set.children.put(entry.getKey(), child);
      }
    }
    return set;
  }

  ObjectNode encode() {
    ObjectNode fields = Json.MAPPER.createObjectNode();
    if (member && !children.isEmpty()) {
      fields.putObject(SELF);
    }
    children.forEach((element, child) -> fields.set(element, child.encode()));
    return fields;
  }

  /** Makes the path below this one a member. */
  void add(String element) {
    child(element).member = true;
  }

  /** The path below this one, for members below it; {@link #dropEmpty} when it got none. */
  FieldSet child(String element) {
    return children.computeIfAbsent(element, e -> new FieldSet());
  }

  void dropEmpty(String element) {
    FieldSet child = children.get(element);
    if (child != null && child.isEmpty()) {
      children.remove(element);
    }
  }

  boolean isMember() {
    return member;
  }

  Map<String, FieldSet> children() {
    return children;
  }

  boolean isEmpty() {
    return !member && children.isEmpty();
  }

  FieldSet union(FieldSet other) {
    if (isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return this;
    }
    FieldSet set = new FieldSet(member || other.member);
    set.children.putAll(children);
    other.children.forEach((element, child) -> set.children.merge(element, child, FieldSet::union));
    return set;
  }

  FieldSet difference(FieldSet other) {
    if (isEmpty() || other.isEmpty()) {
      return this;
    }
    FieldSet set = new FieldSet(member && !other.member);
    children.forEach(
        (element, child) -> {
          FieldSet theirs = other.children.get(element);
          FieldSet rest = theirs == null ? child : child.difference(theirs);
          if (!rest.isEmpty()) {
            set.children.put(element, rest);
          }
        });
    return set;
  }

  FieldSet intersection(FieldSet other) {
    FieldSet set = new FieldSet(member && other.member);
    for (Map.Entry<String, FieldSet> entry : children.entrySet()) {
      FieldSet theirs = other.children.get(entry.getKey());
      if (theirs != null) {
        FieldSet both = entry.getValue().intersection(theirs);
        if (!both.isEmpty()) {
          set.children.put(entry.getKey(), both);
        }
      }
    }
    return set;
  }

  /** The members as a client reads them: {@code .spec.containers[name="web"].image}. */
  List<String> paths() {
    List<String> paths = new ArrayList<>();
    collect("", paths);
    return paths;
  }

  private void collect(String prefix, List<String> paths) {
    if (member) {
      paths.add(prefix);
    }
    children.forEach((element, child) -> child.collect(prefix + text(element), paths));
  }

  private static String text(String element) {
    String value = element.substring(2);
    return switch (element.charAt(0)) {
      case 'f' -> "." + value;
      case 'v' -> "[=" + value + "]";
      case 'k' -> {
        List<String> keys = new ArrayList<>();
        for (Map.Entry<String, JsonNode> key : Json.MAPPER.readTree(value).properties()) {
          keys.add(key.getKey() + "=" + Json.text(key.getValue()));
        }
        yield "[" + String.join(",", keys) + "]";
      }
      default -> "[" + value + "]";
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldSet s && s.member == member && s.children.equals(children);
  }

  @Override
  public int hashCode() {
    return children.hashCode() * 2 + (member ? 1 : 0);
  }

  @Override
  public String toString() {
    return Json.text(encode());
  }
}
