package dev.mokha.api.validation;

import dev.mokha.api.object.JsonEquality;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A place in the object that is looked at: its value, which may be missing, and the way to complain
 * about it. The path is made only for a complaint, since nearly every object has none.
 */
final class Value {
  private static final String NOT_NEGATIVE = "must be greater than or equal to 0";

  private final Value parent;
  private final String name;
  private final int index;
  private final JsonNode node;
  private final FieldErrors errors;

  private Value(Value parent, String name, int index, JsonNode node, FieldErrors errors) {
    this.parent = parent;
    this.name = name;
    this.index = index;
    this.node = node;
    this.errors = errors;
  }

  static Value root(JsonNode object, FieldErrors errors) {
    return new Value(null, "", -1, object, errors);
  }

  /** A part of an object that is checked as if it were at that path. */
  static Value at(String path, JsonNode node, FieldErrors errors) {
    return new Value(null, path, -1, node, errors);
  }

  Value at(String field) {
    JsonNode child = node.get(field);
    return new Value(this, field, -1, child == null ? MissingNode.getInstance() : child, errors);
  }

  Value at(String first, String second) {
    return at(first).at(second);
  }

  /** The entry of a map, whose path is written in brackets. */
  Value key(String key) {
    JsonNode child = node.get(key);
    return new Value(this, key, -2, child == null ? MissingNode.getInstance() : child, errors);
  }

  Value element(int i) {
    return new Value(this, "", i, node.get(i), errors);
  }

  /** Another value, complained about as if it were this one: so some rules have always done. */
  Value alias(Value other) {
    return new Value(parent, name, index, other.node, errors);
  }

  /** Another value, complained about as if it were this field of this one. */
  Value alias(String field, Value other) {
    return new Value(this, field, -1, other.node, errors);
  }

  /** The first element, which may be missing. */
  Value element0() {
    JsonNode child = node.get(0);
    return new Value(this, "", 0, child == null ? MissingNode.getInstance() : child, errors);
  }

  /** The elements of a list; none when there is no list. */
  List<Value> elements() {
    int size = node.isArray() ? node.size() : 0;
    return new AbstractList<>() {
      @Override
      public Value get(int i) {
        return element(i);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  /** The entries of a map. */
  List<Value> entries() {
    List<Value> entries = new ArrayList<>(node.size());
    for (Map.Entry<String, JsonNode> e : node.properties()) {
      entries.add(new Value(this, e.getKey(), -2, e.getValue(), errors));
    }
    return entries;
  }

  JsonNode node() {
    return node;
  }

  FieldErrors errors() {
    return errors;
  }

  /** The last part of the path. */
  String name() {
    return name;
  }

  boolean exists() {
    return !node.isMissingNode() && !node.isNull();
  }

  /** Missing, null, or an empty text, list or object. */
  boolean isEmpty() {
    return !exists()
        || (node.isString() && node.stringValue().isEmpty())
        || (node.isContainer() && node.isEmpty());
  }

  String text() {
    return exists() ? node.asString("") : "";
  }

  long number() {
    return node.asLong(0);
  }

  boolean flag() {
    return node.asBoolean(false);
  }

  int size() {
    return node.size();
  }

  boolean has(String field) {
    return node.hasNonNull(field);
  }

  boolean is(String text) {
    return node.isString() && node.stringValue().equals(text);
  }

  boolean sameAs(Value other) {
    return exists() ? JsonEquality.equal(node, other.node) : !other.exists();
  }

  String path() {
    if (parent == null) {
      return name;
    }
    String before = parent.path();
    if (index >= 0) {
      return before + "[" + index + "]";
    }
    if (index == -2) {
      return before + "[" + name + "]";
    }
    return before.isEmpty() ? name : before + "." + name;
  }

  // Complaints.

  void required() {
    errors.required(path());
  }

  void required(String detail) {
    errors.required(path(), detail);
  }

  void invalid(String detail) {
    errors.invalid(path(), exists() ? node : "", detail);
  }

  void invalid(List<String> details) {
    details.forEach(this::invalid);
  }

  void invalid(Object shown, String detail) {
    errors.invalid(path(), shown, detail);
  }

  void forbidden(String detail) {
    errors.forbidden(path(), detail);
  }

  void duplicate() {
    errors.duplicate(path(), node);
  }

  void notFound() {
    errors.notFound(path(), exists() ? node : "");
  }

  void notSupported(String... supported) {
    errors.notSupported(path(), exists() ? node : "", Arrays.asList(supported));
  }

  // Checks that are the same in many places. What is missing passes unless the name says otherwise.

  Value nonNegative() {
    if (exists() && number() < 0) {
      invalid(NOT_NEGATIVE);
    }
    return this;
  }

  Value positive() {
    if (exists() && number() <= 0) {
      invalid("must be greater than 0");
    }
    return this;
  }

  Value between(long least, long most) {
    if (exists() && (number() < least || number() > most)) {
      invalid("must be between " + least + " and " + most + ", inclusive");
    }
    return this;
  }

  /** Refuses a text other than these. */
  Value oneOf(String... supported) {
    if (!isEmpty() && !Arrays.asList(supported).contains(text())) {
      notSupported(supported);
    }
    return this;
  }

  /** Refuses a missing text and one other than these. */
  Value requiredOneOf(String... supported) {
    return isRequired() ? oneOf(supported) : this;
  }

  /** Refuses a text that the rule finds something wrong with. */
  Value keeps(Function<String, List<String>> rule) {
    if (!isEmpty()) {
      invalid(rule.apply(text()));
    }
    return this;
  }

  /** Complains when the value is missing or empty; true when it is there. */
  boolean isRequired() {
    if (isEmpty()) {
      required();
      return false;
    }
    return true;
  }

  Value requiredKeeping(Function<String, List<String>> rule) {
    return isRequired() ? keeps(rule) : this;
  }

  /** Complains when the value is not the same as before. */
  void immutable(Value old) {
    if (!sameAs(old)) {
      invalid("field is immutable");
    }
  }

  @Override
  public String toString() {
    return path() + ": " + node;
  }
}
