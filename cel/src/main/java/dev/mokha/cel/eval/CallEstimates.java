package dev.mokha.cel.eval;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import java.util.List;

/** The bounds of what single calls cost, and of the size of what they give. */
final class CallEstimates {
  private static final double PER_CHARACTER = 0.1;
  private static final double PER_REGEX_CHARACTER = 0.25;
  private static final int LONGEST_FORMAT_REGEX = 128;
  private static final CostEstimate ONE = CostEstimate.exactly(1);
  private static final CostEstimate LIST = CostEstimate.exactly(10);

  /**
   * A call's bounds.
   *
   * @param size of its result; null when not known
   * @param includesArguments whether the costs of the arguments are in it
   */
  record Estimate(CostEstimate cost, CostEstimate size, boolean includesArguments) {
    Estimate(CostEstimate cost, CostEstimate size) {
      this(cost, size, false);
    }

    Estimate(CostEstimate cost) {
      this(cost, null, false);
    }
  }

  private final CostEstimator sizes;

  CallEstimates(CostEstimator sizes) {
    this.sizes = sizes;
  }

  Estimate of(CelExpr expr, String overload, List<CostEstimate> argumentCosts) {
    CelExpr.CelCall call = expr.call();
    CelExpr target = call.target().orElse(null);
    List<CelExpr> args = call.args();
    return switch (call.function()) {
      case "check" -> new Estimate(CostEstimate.exactly(350_000));
      case "fieldSelector", "labelSelector" -> new Estimate(selector(size(args.get(0))));
      case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> overElements(target);
      case "url", "jsonpatch.escapeKey" -> {
        CostEstimate size = size(args.get(0));
        yield new Estimate(size.times(PER_CHARACTER), size);
      }
      case "lowerAscii", "upperAscii", "substring", "trim" -> {
        CostEstimate size = size(target);
        yield new Estimate(size.times(PER_CHARACTER), size);
      }
      case "replace" -> replace(target, args);
      case "split" -> {
        CostEstimate size = size(target);
        long most = size.max();
        if (args.size() > 1 && constantInt(args.get(1)) != null) {
          most = constantInt(args.get(1)) < 0 ? Long.MAX_VALUE : constantInt(args.get(1));
        }
        yield new Estimate(size.times(2 * PER_CHARACTER), new CostEstimate(0, most));
      }
      case "join" -> join(target, args);
      case "find", "findAll" -> {
        CostEstimate size = size(target);
        yield new Estimate(regex(size, size(args.get(0))), new CostEstimate(0, size.max()));
      }
      case "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver" ->
          new Estimate(size(args.get(0)).times(PER_CHARACTER));
      case "ip" ->
          new Estimate(overload.equals("cidr_ip") ? ONE : size(args.get(0)).times(PER_CHARACTER));
      case "ip.isCanonical" -> new Estimate(size(args.get(0)).times(2 * PER_CHARACTER));
      case "containsIP" -> {
        CostEstimate cost = new CostEstimate(8, 32).times(PER_CHARACTER);
        yield new Estimate(
            overload.equals("cidr_contains_ip_string")
                ? cost.plus(size(args.get(0)).times(PER_CHARACTER))
                : cost);
      }
      case "containsCIDR" -> {
        CostEstimate cost =
            new CostEstimate(8, 32)
                .times(PER_CHARACTER)
                .plus(new CostEstimate(4, 16).times(PER_CHARACTER))
                .plus(ONE);
        yield new Estimate(
            overload.equals("cidr_contains_cidr_string")
                ? cost.plus(size(args.get(0)).times(PER_CHARACTER))
                : cost);
      }
      case "validate" ->
          new Estimate(
              size(args.get(0))
                  .times(PER_CHARACTER)
                  .times(LONGEST_FORMAT_REGEX * PER_REGEX_CHARACTER));
      case "_==_" -> {
        CelType type = sizes.type(args.get(0));
        yield type.kind() == CelKind.OPAQUE
                && !(type instanceof OptionalType)
                && type.equals(sizes.type(args.get(1)))
            ? new Estimate(ONE)
            : standard(expr, overload, argumentCosts);
      }
      default -> standard(expr, overload, argumentCosts);
    };
  }

  private Estimate standard(CelExpr expr, String overload, List<CostEstimate> argumentCosts) {
    CelExpr.CelCall call = expr.call();
    CelExpr target = call.target().orElse(null);
    List<CelExpr> args = call.args();
    return switch (overload) {
      case "string_format" -> new Estimate(size(target).times(PER_CHARACTER));
      case "string_to_bytes" -> {
        CostEstimate size = size(args.get(0));
        yield new Estimate(
            size.times(PER_CHARACTER),
            new CostEstimate(size.min(), CostEstimate.multiply(size.max(), 4)));
      }
      case "bytes_to_string" -> {
        CostEstimate size = size(args.get(0));
        yield new Estimate(size.times(PER_CHARACTER), new CostEstimate(size.min() / 4, size.max()));
      }
      case "strings_quote" -> {
        CostEstimate size = size(args.get(0));
        yield new Estimate(
            size.times(PER_CHARACTER),
            new CostEstimate(
                CostEstimate.add(size.min(), 2),
                CostEstimate.add(CostEstimate.multiply(size.max(), 2), 2)));
      }
      case "starts_with_string", "ends_with_string" ->
          new Estimate(size(args.get(0)).times(PER_CHARACTER));
      case "in_list" -> new Estimate(size(args.get(1)));
      case "matches", "matches_string" ->
          target == null ? new Estimate(ONE) : new Estimate(regex(size(target), size(args.get(0))));
      case "contains_string" ->
          new Estimate(
              size(target).times(PER_CHARACTER).times(size(args.get(0)).times(PER_CHARACTER)));
      case "logical_or", "logical_and" -> {
        CostEstimate left = argumentCosts.get(0);
        yield new Estimate(
            new CostEstimate(left.min(), left.plus(argumentCosts.get(1)).max()), null, true);
      }
      case "conditional" -> {
        sizes.setEntries(expr, sizes.entriesOfBoth(args.get(1), args.get(2)));
        yield new Estimate(
            argumentCosts.get(0).plus(argumentCosts.get(1).union(argumentCosts.get(2))),
            size(args.get(1)).union(size(args.get(2))),
            true);
      }
      case "add_string", "add_bytes", "add_list" -> {
        CostEstimate size = size(args.get(0)).plus(size(args.get(1)));
        sizes.setEntries(expr, sizes.entriesOfBoth(args.get(0), args.get(1)));
        yield new Estimate(overload.equals("add_list") ? ONE : size.times(PER_CHARACTER), size);
      }
      case "less_string",
          "greater_string",
          "less_equals_string",
          "greater_equals_string",
          "less_bytes",
          "greater_bytes",
          "less_equals_bytes",
          "greater_equals_bytes",
          "equals",
          "not_equals" -> {
        long most = Math.min(size(args.get(0)).max(), size(args.get(1)).max());
        yield new Estimate(new CostEstimate(most > 0 ? 1 : 0, most).times(PER_CHARACTER));
      }
      default -> lists(call, overload);
    };
  }

  /** The functions on sets and lists that CEL's own extensions measure. */
  private Estimate lists(CelExpr.CelCall call, String overload) {
    CelExpr target = call.target().orElse(null);
    List<CelExpr> args = call.args();
    return switch (overload) {
      case "list_sets_contains_list", "list_sets_intersects_list" ->
          new Estimate(size(args.get(0)).times(size(args.get(1))).plus(ONE));
      case "list_sets_equivalent_list" ->
          new Estimate(size(args.get(0)).times(size(args.get(1))).times(2.0).plus(ONE));
      case "list_slice" -> {
        Long begin = constantInt(args.get(0));
        Long end = constantInt(args.get(1));
        long from = begin == null ? 0 : Math.max(0, begin);
        long to = end == null ? size(target).max() : Math.max(0, end);
        yield made(1, CostEstimate.exactly(Math.max(0, to - from)));
      }
      case "lists_range" -> {
        Long n = constantInt(args.get(0));
        yield made(1, CostEstimate.exactly(n == null ? Long.MAX_VALUE : Math.max(0, n)));
      }
      case "list_reverse" -> made(1, size(target));
      case "list_flatten" -> made(1, size(target));
      case "list_flatten_int" -> {
        Long depth = constantInt(args.get(0));
        yield made(depth == null ? 0x1p63 : Math.max(0, depth), size(target));
      }
      case "list_distinct" -> made(2, size(target).times(size(target)));
      default -> {
        if (overload.endsWith("_sort") && target != null) {
          yield sorted(target);
        }
        yield overload.endsWith("_sortByAssociatedKeys")
            ? sorted(args.get(args.size() - 1))
            : new Estimate(ONE);
      }
    };
  }

  private Estimate sorted(CelExpr list) {
    CelType element = sizes.firstParameter(list);
    boolean texts =
        element != null && (element.kind() == CelKind.STRING || element.kind() == CelKind.BYTES);
    return made(texts ? 2 + PER_CHARACTER : 2, size(list).times(size(list)));
  }

  private static Estimate made(double factor, CostEstimate size) {
    return new Estimate(size.times(factor).plus(ONE).plus(LIST), size);
  }

  private Estimate overElements(CelExpr target) {
    if (target == null) {
      return new Estimate(ONE);
    }
    CelType element = sizes.firstParameter(target);
    if (element == null) {
      return new Estimate(size(target).times(PER_CHARACTER));
    }
    CostEstimate each = ONE;
    if (element.kind() == CelKind.STRING || element.kind() == CelKind.BYTES) {
      each = each.plus(sizes.elementSize(target).times(PER_CHARACTER));
    }
    return new Estimate(size(target).times(each));
  }

  private Estimate replace(CelExpr target, List<CelExpr> args) {
    CostEstimate size = size(target);
    CostEstimate from = size(args.get(0));
    CostEstimate to = size(args.get(1));
    long mostTimes = 0;
    long mostKept = 0;
    if (from.min() == 0) {
      mostTimes = CostEstimate.add(size.max(), 1);
      mostKept = size.max();
    } else if (to.max() <= from.min()) {
      mostKept = size.max();
    } else {
      mostTimes = ceilDivide(size.max(), from.min());
    }
    long leastTimes = 0;
    long leastKept = 0;
    if (from.max() == 0) {
      leastTimes = CostEstimate.add(size.min(), 1);
      leastKept = size.min();
    } else if (from.max() <= to.min()) {
      leastKept = size.min();
    } else {
      leastTimes = ceilDivide(size.min(), from.max());
    }
    CostEstimate result =
        new CostEstimate(leastTimes, mostTimes)
            .times(to)
            .plus(new CostEstimate(leastKept, mostKept));
    return new Estimate(size.times(2 * PER_CHARACTER), result);
  }

  private static long ceilDivide(long a, long b) {
    return a / b + (a % b == 0 ? 0 : 1);
  }

  private Estimate join(CelExpr target, List<CelExpr> args) {
    CostEstimate count = size(target);
    CostEstimate size = count.times(sizes.elementSize(target));
    if (!args.isEmpty()) {
      CostEstimate separators =
          new CostEstimate(Math.max(0, count.min() - 1), Math.max(0, count.max() - 1));
      size = size.plus(size(args.get(0)).times(separators));
    }
    return new Estimate(size.times(PER_CHARACTER), size);
  }

  private static CostEstimate regex(CostEstimate text, CostEstimate regex) {
    return text.plus(ONE).times(PER_CHARACTER).times(regex.times(PER_REGEX_CHARACTER));
  }

  private static CostEstimate selector(CostEstimate length) {
    return LIST.plus(length.times(PER_CHARACTER)).plus(length.times(0.5).times(50.0));
  }

  private static Long constantInt(CelExpr expr) {
    return expr.getKind() == CelExpr.ExprKind.Kind.CONSTANT
            && expr.constant().getKind() == CelConstant.Kind.INT64_VALUE
        ? expr.constant().int64Value()
        : null;
  }

  private CostEstimate size(CelExpr expr) {
    return sizes.sizeOrUnknown(expr);
  }
}
