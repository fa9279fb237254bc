package dev.mokha.server.flow;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.validation.MandatoryFlow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;

/**
 * The FlowSchemas in the order they are tried, and the specifications of the levels, as stored at
 * one moment. What must exist and does not is imagined, so that every request has a place.
 *
 * @param schemas those whose level exists, by precedence and name
 * @param levels objects by name
 */
record FlowConfig(List<FlowSchema> schemas, Map<String, JsonNode> levels) {
  private static final Comparator<FlowSchema> ORDER =
      Comparator.comparingInt(FlowSchema::precedence).thenComparing(FlowSchema::name);

  /**
   * Compiles stored objects.
   *
   * @param figures gives the counters of a schema at a level, by their names
   */
  static FlowConfig of(
      List<KubeObject> storedSchemas,
      List<KubeObject> storedLevels,
      BiFunction<String, String, FlowFigures> figures) {
    Map<String, JsonNode> levels = new TreeMap<>();
    MandatoryFlow.levels().forEach(levels::put);
    for (KubeObject o : storedLevels) {
      levels.put(o.name(), o.toTree());
    }
    Map<String, JsonNode> trees = new TreeMap<>();
    MandatoryFlow.schemas().forEach(trees::put);
    for (KubeObject o : storedSchemas) {
      trees.put(o.name(), o.toTree());
    }
    List<FlowSchema> schemas = new ArrayList<>();
    trees.forEach(
        (name, tree) -> {
          String level = FlowSchema.levelName(tree);
          if (levels.containsKey(level)) {
            schemas.add(FlowSchema.of(tree, figures.apply(name, level)));
          }
        });
    schemas.sort(ORDER);
    return new FlowConfig(List.copyOf(schemas), Map.copyOf(levels));
  }
}
