package dev.mokha.server.admission;

import dev.mokha.api.quantity.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * One limit of a LimitRange, its defaults completed: what a maximum implies for the default limit,
 * and that for the default request.
 *
 * @param type {@code Container}, {@code Pod} or {@code PersistentVolumeClaim}
 */
record LimitRule(
    String type,
    Map<String, Quantity> min,
    Map<String, Quantity> max,
    Map<String, Quantity> defaultLimits,
    Map<String, Quantity> defaultRequests,
    Map<String, Quantity> maxRatio) {

  static LimitRule of(JsonNode limit) {
    String type = PodTree.text(limit, "type");
    Map<String, Quantity> min = LimitRanger.quantities(limit.path("min"));
    Map<String, Quantity> max = LimitRanger.quantities(limit.path("max"));
    Map<String, Quantity> limits = LimitRanger.quantities(limit.path("default"));
    Map<String, Quantity> requests = LimitRanger.quantities(limit.path("defaultRequest"));
    if (type.equals("Container")) {
      limits = with(limits, max);
      requests = with(with(requests, limits), min);
    }
    return new LimitRule(
        type,
        min,
        max,
        limits,
        requests,
        LimitRanger.quantities(limit.path("maxLimitRequestRatio")));
  }

  private static Map<String, Quantity> with(
      Map<String, Quantity> given, Map<String, Quantity> otherwise) {
    Map<String, Quantity> all = new TreeMap<>(otherwise);
    all.putAll(given);
    return all;
  }

  /** What is wrong with these requests and limits. */
  List<String> check(Map<String, Quantity> requests, Map<String, Quantity> limits) {
    List<String> problems = new ArrayList<>();
    min.forEach(
        (resource, least) -> {
          Quantity request = requests.get(resource);
          Quantity limit = limits.get(resource);
          if (request == null) {
            problems.add(
                "minimum %s usage per %s is %s.  No request is specified"
                    .formatted(resource, type, least));
          } else if (request.compareTo(least) < 0) {
            problems.add(
                "minimum %s usage per %s is %s, but request is %s"
                    .formatted(resource, type, least, request));
          } else if (limit != null && limit.compareTo(least) < 0) {
            problems.add(
                "minimum %s usage per %s is %s, but limit is %s"
                    .formatted(resource, type, least, limit));
          }
        });
    max.forEach((resource, most) -> checkMax(resource, most, requests, limits, problems));
    maxRatio.forEach(
        (resource, ratio) ->
            checkRatio(resource, ratio, requests.get(resource), limits.get(resource), problems));
    return problems;
  }

  private void checkMax(
      String resource,
      Quantity most,
      Map<String, Quantity> requests,
      Map<String, Quantity> limits,
      List<String> problems) {
    boolean claim = type.equals("PersistentVolumeClaim");
    Quantity limit = claim ? requests.get(resource) : limits.get(resource);
    Quantity request = requests.get(resource);
    if (limit == null) {
      problems.add(
          "maximum %s usage per %s is %s.  No limit is specified".formatted(resource, type, most));
    } else if (limit.compareTo(most) > 0) {
      problems.add(
          "maximum %s usage per %s is %s, but %s is %s"
              .formatted(resource, type, most, claim ? "request" : "limit", limit));
    } else if (request != null && request.compareTo(most) > 0) {
      problems.add(
          "maximum %s usage per %s is %s, but request is %s"
              .formatted(resource, type, most, request));
    }
  }

  private void checkRatio(
      String resource, Quantity ratio, Quantity request, Quantity limit, List<String> problems) {
    if (request == null || request.isZero()) {
      problems.add(
          "%s max limit to request ratio per %s is %s, but no request is specified or request is 0"
              .formatted(resource, type, ratio));
      return;
    }
    if (limit == null || limit.isZero()) {
      problems.add(
          "%s max limit to request ratio per %s is %s, but no limit is specified or limit is 0"
              .formatted(resource, type, ratio));
      return;
    }
    BigDecimal actual =
        limit.toBigDecimal().divide(request.toBigDecimal(), 6, RoundingMode.HALF_UP);
    if (actual.compareTo(ratio.toBigDecimal()) > 0) {
      problems.add(
          "%s max limit to request ratio per %s is %s, but provided ratio is %s"
              .formatted(resource, type, ratio, actual.stripTrailingZeros().toPlainString()));
    }
  }
}
