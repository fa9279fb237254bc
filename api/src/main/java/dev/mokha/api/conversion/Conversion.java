package dev.mokha.api.conversion;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts objects between the versions their kind is served in. Nothing is lost on the way there
 * and back: what a version has no field for travels in an annotation.
 */
public final class Conversion {
  private static final GroupVersionKind CORE_EVENT = GroupVersionKind.of("v1", "Event");
  private static final GroupVersionKind EVENT = GroupVersionKind.of("events.k8s.io/v1", "Event");
  private static final GroupVersionKind AUTOSCALER_1 =
      GroupVersionKind.of("autoscaling/v1", "HorizontalPodAutoscaler");
  private static final GroupVersionKind AUTOSCALER_2 =
      GroupVersionKind.of("autoscaling/v2", "HorizontalPodAutoscaler");

  private static final Map<Pair, UnaryOperator<ObjectNode>> PAIRS =
      Map.of(
          new Pair(CORE_EVENT, EVENT), EventConversion::toEvents,
          new Pair(EVENT, CORE_EVENT), EventConversion::toCore,
          new Pair(AUTOSCALER_1, AUTOSCALER_2), AutoscalerConversion::toV2,
          new Pair(AUTOSCALER_2, AUTOSCALER_1), AutoscalerConversion::toV1);

  private record Pair(GroupVersionKind from, GroupVersionKind to) {}

  private Conversion() {}

  /** Whether there is a way from the one to the other. */
  public static boolean canConvert(GroupVersionKind from, GroupVersionKind to) {
    return from.equals(to) || PAIRS.containsKey(new Pair(from, to));
  }

  /**
   * The object in that version: the object itself when it has it already, else a new one.
   *
   * @param object with {@code apiVersion} and {@code kind}; it stays as it is
   * @throws IllegalArgumentException when there is no way
   */
  public static ObjectNode convert(ObjectNode object, GroupVersionKind to) {
    GroupVersionKind from =
        GroupVersionKind.of(
            object.path("apiVersion").asString(""), object.path("kind").asString(""));
    if (from.equals(to)) {
      return object;
    }
    UnaryOperator<ObjectNode> way = PAIRS.get(new Pair(from, to));
    if (way == null) {
      throw new IllegalArgumentException(
          "no conversion from %s %s to %s %s"
              .formatted(from.apiVersion(), from.kind(), to.apiVersion(), to.kind()));
    }
    ObjectNode converted = way.apply(object.deepCopy());
    converted.put("apiVersion", to.apiVersion());
    return converted;
  }
}
