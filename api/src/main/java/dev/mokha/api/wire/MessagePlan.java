package dev.mokha.api.wire;

import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ObjectSchema;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which number stands for which field. A number may also stand for a message that JSON writes in
 * line: then it leads to a plan of its own, whose fields belong to the same JSON object.
 */
final class MessagePlan {
  private static final Map<ObjectSchema, MessagePlan> PLANS = new ConcurrentHashMap<>();

  /**
   * What a number stands for.
   *
   * @param field the field, or null for a message in line
   * @param inline that message, or null
   */
  record Entry(int number, Field field, MessagePlan inline) {}

  private final TreeMap<Integer, Entry> byNumber = new TreeMap<>();
  private Entry[] descending = {};

  private MessagePlan() {}

  static MessagePlan of(ObjectSchema schema) {
    MessagePlan plan = PLANS.get(schema);
    if (plan == null) {
      plan = new MessagePlan();
      for (Field field : schema.fields()) {
        if (!field.traits().protobuf().isEmpty()) {
          plan.add(field, field.traits().protobuf(), 0);
        }
      }
      plan.freeze();
      PLANS.put(schema, plan);
    }
    return plan;
  }

  private void add(Field field, List<Integer> numbers, int depth) {
    int number = numbers.get(depth);
    if (depth == numbers.size() - 1) {
      byNumber.put(number, new Entry(number, field, null));
    } else {
      byNumber
          .computeIfAbsent(number, n -> new Entry(n, null, new MessagePlan()))
          .inline()
          .add(field, numbers, depth + 1);
    }
  }

  private void freeze() {
    descending = byNumber.descendingMap().values().toArray(new Entry[0]);
    for (Entry entry : descending) {
      if (entry.inline != null) {
        entry.inline.freeze();
      }
    }
  }

  /** All entries, the highest number first, as a writer from the end needs them. */
  Entry[] descending() {
    return descending;
  }

  /** The entry of that number, or null. */
  Entry find(int number) {
    return byNumber.get(number);
  }
}
