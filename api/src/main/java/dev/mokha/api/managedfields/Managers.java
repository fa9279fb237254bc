package dev.mokha.api.managedfields;

import dev.mokha.api.object.Json;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The entries of {@code metadata.managedFields} while a write changes them. */
final class Managers {
  /** More updaters than this, and the oldest become one. */
  static final int MOST_UPDATERS = 10;

  private static final String ANCIENT = "ancient-changes";
  private static final Comparator<Map.Entry<Key, Entry>> ORDER =
      Comparator.comparing((Map.Entry<Key, Entry> e) -> e.getKey().operation())
          .thenComparing(e -> e.getValue().time)
          .thenComparing(e -> e.getKey().manager())
          .thenComparing(e -> e.getValue().apiVersion)
          .thenComparing(e -> e.getKey().subresource());

  private final Map<Key, Entry> entries = new LinkedHashMap<>();

  /**
   * What makes an entry one.
   *
   * @param apiVersion empty for appliers, who keep their entry when they change the version
   */
  record Key(String manager, String operation, String apiVersion, String subresource) {
    static Key updater(Write write) {
      return new Key(write.manager(), "Update", write.apiVersion(), write.subresource());
    }

    static Key applier(Write write) {
      return new Key(write.manager(), "Apply", "", write.subresource());
    }

    boolean applies() {
      return operation.equals("Apply");
    }

    /** As a conflict names him. */
    String text() {
      String text = Json.text(Json.MAPPER.getNodeFactory().stringNode(manager));
      if (!subresource.isEmpty()) {
        text += " with subresource \"" + subresource + "\"";
      }
      return applies() ? text : text + " using " + apiVersion;
    }
  }

  /** What an entry holds beyond its key. */
  record Entry(String apiVersion, String time, FieldSet fields) {}

  static Managers decode(JsonNode list) {
    Managers managers = new Managers();
    for (JsonNode entry : list) {
      String operation = entry.path("operation").asString("");
      String apiVersion = entry.path("apiVersion").asString("");
      Key key =
          new Key(
              entry.path("manager").asString(""),
              operation,
              operation.equals("Apply") ? "" : apiVersion,
              entry.path("subresource").asString(""));
      FieldSet fields = FieldSet.decode(entry.path("fieldsV1"));
      managers.entries.merge(
          key,
          new Entry(apiVersion, entry.path("time").asString(""), fields),
          (a, b) -> new Entry(b.apiVersion, b.time, a.fields.union(b.fields)));
    }
    return managers;
  }

  ArrayNode encode() {
    mergeOldest();
    List<Map.Entry<Key, Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(ORDER);
    ArrayNode list = Json.MAPPER.createArrayNode();
    for (Map.Entry<Key, Entry> e : sorted) {
      ObjectNode entry = list.addObject();
      entry.put("manager", e.getKey().manager());
      entry.put("operation", e.getKey().operation());
      entry.put("apiVersion", e.getValue().apiVersion);
      if (!e.getValue().time.isEmpty()) {
        entry.put("time", e.getValue().time);
      }
      entry.put("fieldsType", "FieldsV1");
      entry.set("fieldsV1", e.getValue().fields.encode());
      if (!e.getKey().subresource().isEmpty()) {
        entry.put("subresource", e.getKey().subresource());
      }
    }
    return list;
  }

  private void mergeOldest() {
    List<Map.Entry<Key, Entry>> updaters = new ArrayList<>(entries.entrySet());
    updaters.removeIf(e -> e.getKey().applies());
    if (updaters.size() <= MOST_UPDATERS) {
      return;
    }
    updaters.sort(ORDER);
    for (Map.Entry<Key, Entry> old : updaters.subList(0, updaters.size() - MOST_UPDATERS + 1)) {
      entries.remove(old.getKey());
      Key ancient = new Key(ANCIENT, "Update", old.getValue().apiVersion, "");
      entries.merge(
          ancient,
          old.getValue(),
          (a, b) -> new Entry(b.apiVersion, b.time, a.fields.union(b.fields)));
    }
  }

  Map<Key, Entry> entries() {
    return entries;
  }

  FieldSet fields(Key key) {
    Entry entry = entries.get(key);
    return entry == null ? new FieldSet() : entry.fields;
  }

  void put(Key key, Write write, FieldSet fields) {
    if (fields.isEmpty()) {
      entries.remove(key);
    } else {
      String time = write.time().truncatedTo(ChronoUnit.SECONDS).toString();
      entries.put(key, new Entry(write.apiVersion(), time, fields));
    }
  }

  /** Changes the fields of all but one, and forgets who has none left. */
  void changeOthers(Key self, UnaryOperator<FieldSet> change) {
    entries.replaceAll(
        (key, entry) ->
            key.equals(self)
                ? entry
                : new Entry(entry.apiVersion, entry.time, change.apply(entry.fields)));
    entries.values().removeIf(e -> e.fields.isEmpty());
  }

  /** Everything anybody owns. */
  FieldSet all() {
    FieldSet all = new FieldSet();
    for (Entry entry : entries.values()) {
      all = all.union(entry.fields);
    }
    return all;
  }
}
