package dev.mokha.server.table;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.rest.ServedResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The columns of every kind. */
public final class Columns {
  /** The first column of every table. */
  public static final Column NAME =
      new Column(
          "Name",
          "string",
          "name",
          "The name, unique within its namespace.",
          0,
          o -> o.path("metadata").path("name").asString(""));

  static final Column AGE =
      Column.text("Age", "The time since the object was created.", Ages::ofObject);
  private static final List<Column> PLAIN =
      List.of(
          NAME,
          new Column(
              "Created At",
              "date",
              "",
              "When the object was created.",
              0,
              o -> o.path("metadata").path("creationTimestamp").asString("")));
  private static final Map<String, List<Column>> BY_KIND = all();

  private Columns() {}

  private static Map<String, List<Column>> all() {
    Map<String, List<Column>> all = new HashMap<>(CoreColumns.ALL);
    all.putAll(OtherColumns.ALL);
    all.put("/Pod", PodColumns.ALL);
    all.put("events.k8s.io/Event", CoreColumns.ALL.get("/Event"));
    return Map.copyOf(all);
  }

  static List<Column> of(ServedResource resource) {
    if (resource.isCustom()) {
      return resource.custom().columns();
    }
    GroupVersionKind kind = resource.type().gvk();
    return BY_KIND.getOrDefault(kind.group() + "/" + kind.kind(), PLAIN);
  }
}
