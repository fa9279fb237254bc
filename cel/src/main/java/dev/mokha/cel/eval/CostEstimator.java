package dev.mokha.cel.eval;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OptionalType;
import dev.mokha.cel.DeclType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Bounds what an expression can cost before it runs, from the sizes that the declarations of its
 * variables allow. A rule is refused by this figure, so it follows the published cost model to the
 * unit: each place in the tree has a cost, and where it can be known a size and the way through the
 * declarations by which it was reached.
 */
public final class CostEstimator {
  private static final CostEstimate ONE = CostEstimate.exactly(1);
  private static final CostEstimate NOTHING = CostEstimate.exactly(0);

  /** The sizes of a container's keys and values. */
  private record Entries(boolean list, CostEstimate keys, CostEstimate values) {
    Entries union(Entries other) {
      return other == null
          ? null
          : new Entries(list, keys.union(other.keys), values.union(other.values));
    }
  }

  private record Local(List<String> path, CostEstimate size, Entries entries) {}

  private final CelAbstractSyntaxTree ast;
  private final Map<String, DeclType> variables;
  private final Map<Long, List<String>> paths = new HashMap<>();
  private final Map<Long, CostEstimate> sizes = new HashMap<>();
  private final Map<Long, Entries> entrySizes = new HashMap<>();
  private final Map<String, Deque<Local>> locals = new HashMap<>();
  private final CallEstimates calls = new CallEstimates(this);

  private CostEstimator(CelAbstractSyntaxTree ast, Map<String, DeclType> variables) {
    this.ast = ast;
    this.variables = variables;
  }

  /** The range of costs of one evaluation. */
  public static CostEstimate estimate(CelAbstractSyntaxTree ast, Map<String, DeclType> variables) {
    return new CostEstimator(ast, variables).cost(ast.getExpr());
  }

  private CostEstimate cost(CelExpr expr) {
    return switch (expr.getKind()) {
      case IDENT -> ident(expr);
      case SELECT -> select(expr);
      case CALL -> call(expr);
      case LIST -> list(expr);
      case MAP -> map(expr);
      case STRUCT -> {
        CostEstimate sum = CostEstimate.exactly(40);
        for (CelExpr.CelStruct.Entry e : expr.struct().entries()) {
          sum = sum.plus(cost(e.value()));
        }
        yield sum;
      }
      case COMPREHENSION -> comprehension(expr);
      default -> NOTHING;
    };
  }

  private CostEstimate ident(CelExpr expr) {
    Local local = local(expr.ident().name());
    paths.put(expr.id(), local != null ? local.path : List.of(expr.ident().name()));
    return ONE;
  }

  private CostEstimate select(CelExpr expr) {
    CelExpr operand = expr.select().operand();
    CostEstimate sum = cost(operand);
    if (expr.select().testOnly()) {
      return sum;
    }
    CelKind kind = type(operand).kind();
    if (kind == CelKind.MAP || kind == CelKind.STRUCT || kind == CelKind.TYPE_PARAM) {
      sum = sum.plus(ONE);
    }
    paths.put(expr.id(), further(path(operand), expr.select().field()));
    return sum;
  }

  private static List<String> further(List<String> path, String step) {
    List<String> longer = new ArrayList<>(path.size() + 1);
    longer.addAll(path);
    longer.add(step);
    return longer;
  }

  private CostEstimate call(CelExpr expr) {
    CelExpr.CelCall call = expr.call();
    if (call.function().equals("dyn")) {
      CelExpr argument = call.args().get(0);
      CostEstimate cost = ONE.plus(cost(argument));
      copySizes(expr, argument);
      return cost;
    }
    CostEstimate arguments = NOTHING;
    List<CostEstimate> each = new ArrayList<>();
    for (CelExpr argument : call.args()) {
      CostEstimate cost = cost(argument);
      each.add(cost);
      arguments = arguments.plus(cost);
    }
    List<String> overloads = ast.getReference(expr.id()).map(r -> r.overloadIds()).orElse(null);
    if (overloads == null || overloads.isEmpty()) {
      return NOTHING;
    }
    CostEstimate target = call.target().isPresent() ? cost(call.target().get()) : NOTHING;
    CostEstimate all = null;
    CostEstimate size = null;
    for (String overload : overloads) {
      CallEstimates.Estimate estimate = calls.of(expr, overload, each);
      CostEstimate cost =
          estimate.includesArguments() ? estimate.cost() : estimate.cost().plus(arguments);
      all = all == null ? cost : all.union(cost);
      if (estimate.size() != null) {
        size = size == null ? estimate.size() : size.union(estimate.size());
      }
      if (overload.equals("index_list") || overload.equals("index_map")) {
        CelExpr container = call.args().get(0);
        Entries entries = entries(container);
        size = entries == null ? null : entries.values;
        paths.put(
            expr.id(),
            further(path(container), overload.equals("index_list") ? "@items" : "@values"));
      }
      if (size == null) {
        size = size(expr);
      }
    }
    if (size != null) {
      sizes.put(expr.id(), size);
    }
    return target.plus(all);
  }

  private CostEstimate list(CelExpr expr) {
    CostEstimate sum = CostEstimate.exactly(10);
    CostEstimate items = expr.list().elements().isEmpty() ? NOTHING : null;
    for (CelExpr element : expr.list().elements()) {
      sum = sum.plus(cost(element));
      CostEstimate size = sizeOrUnknown(element);
      items = items == null ? new CostEstimate(size.min(), size.max()) : items.union(size);
    }
    entrySizes.put(expr.id(), new Entries(true, ONE, items));
    return sum;
  }

  private CostEstimate map(CelExpr expr) {
    CostEstimate sum = CostEstimate.exactly(30);
    CostEstimate keys = expr.map().entries().isEmpty() ? NOTHING : null;
    CostEstimate values = keys;
    for (CelExpr.CelMap.Entry e : expr.map().entries()) {
      sum = sum.plus(cost(e.key())).plus(cost(e.value()));
      CostEstimate key = sizeOrUnknown(e.key());
      CostEstimate value = sizeOrUnknown(e.value());
      keys = keys == null ? key : keys.union(key);
      values = values == null ? value : values.union(value);
    }
    entrySizes.put(expr.id(), new Entries(false, keys, values));
    return sum;
  }

  private CostEstimate comprehension(CelExpr expr) {
    CelExpr.CelComprehension loop = expr.comprehension();
    CostEstimate sum = cost(loop.iterRange()).plus(cost(loop.accuInit()));
    push(
        loop.accuVar(),
        new Local(path(loop.accuInit()), size(loop.accuInit()), entries(loop.accuInit())));
    if (isBinding(loop)) {
      sum = sum.plus(cost(loop.result()));
      pop(loop.accuVar());
      copySizes(expr, loop.result());
      return sum;
    }
    boolean two = !loop.iterVar2().isEmpty();
    Entries entries = entries(loop.iterRange());
    boolean list = entries != null ? entries.list : type(loop.iterRange()).kind() == CelKind.LIST;
    List<String> over = path(loop.iterRange());
    CostEstimate keySize = entries == null ? null : entries.keys;
    CostEstimate valueSize = entries == null ? null : entries.values;
    if (two) {
      push(loop.iterVar(), new Local(further(over, list ? "@indices" : "@keys"), keySize, null));
      push(loop.iterVar2(), new Local(further(over, list ? "@items" : "@values"), valueSize, null));
    } else {
      push(
          loop.iterVar(),
          new Local(further(over, list ? "@items" : "@keys"), list ? valueSize : keySize, null));
    }
    CostEstimate turn = cost(loop.loopCondition());
    turn = cost(loop.loopStep()).plus(turn);
    pop(loop.iterVar());
    if (two) {
      pop(loop.iterVar2());
    }
    sum = sum.plus(cost(loop.result()));
    pop(loop.accuVar());
    CostEstimate count = sizeOrUnknown(loop.iterRange());
    sum = sum.plus(count.times(turn));
    switch (loop.accuInit().getKind()) {
      case CONSTANT -> {
        CostEstimate size = size(loop.accuInit());
        if (size != null) {
          sizes.put(expr.id(), size);
        }
      }
      case LIST, MAP -> {
        sizes.put(expr.id(), count);
        Entries made = entries(loop.loopStep());
        if (made != null) {
          entrySizes.put(expr.id(), made);
        }
      }
      default -> {}
    }
    return sum;
  }

  private static boolean isBinding(CelExpr.CelComprehension loop) {
    return loop.iterRange().getKind() == CelExpr.ExprKind.Kind.LIST
        && loop.iterRange().list().elements().isEmpty()
        && loop.loopCondition().getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && loop.loopCondition().constant().equals(CelConstant.ofValue(false));
  }

  private void push(String name, Local local) {
    locals.computeIfAbsent(name, _ -> new ArrayDeque<>()).push(local);
  }

  private void pop(String name) {
    locals.get(name).pop();
  }

  private Local local(String name) {
    Deque<Local> scopes = locals.get(name);
    return scopes == null ? null : scopes.peek();
  }

  private void copySizes(CelExpr to, CelExpr from) {
    CostEstimate size = size(from);
    if (size != null) {
      sizes.put(to.id(), size);
    }
    setEntries(to, entries(from));
  }

  /** The type of a place in the tree. */
  CelType type(CelExpr expr) {
    return ast.getTypeOrThrow(expr.id());
  }

  private List<String> path(CelExpr expr) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      Local local = local(expr.ident().name());
      if (local != null) {
        return local.path;
      }
    }
    return paths.getOrDefault(expr.id(), List.of());
  }

  void setEntries(CelExpr expr, Object entries) {
    if (entries instanceof Entries e) {
      entrySizes.put(expr.id(), e);
    }
  }

  /** The entries' sizes that hold for both; null when unknown for one. */
  Object entriesOfBoth(CelExpr a, CelExpr b) {
    Entries first = entries(a);
    return first == null ? null : first.union(entries(b));
  }

  private Entries entries(CelExpr expr) {
    Entries known = entrySizes.get(expr.id());
    if (known != null) {
      return known;
    }
    if (expr.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      Local local = local(expr.ident().name());
      return local == null ? null : local.entries;
    }
    return null;
  }

  CostEstimate sizeOrUnknown(CelExpr expr) {
    CostEstimate size = size(expr);
    return size == null ? CostEstimate.UNKNOWN : size;
  }

  private CostEstimate size(CelExpr expr) {
    CostEstimate known = sizes.get(expr.id());
    if (known != null) {
      return known;
    }
    switch (expr.getKind()) {
      case CONSTANT -> {
        return CostEstimate.exactly(constantSize(expr.constant()));
      }
      case LIST -> {
        return CostEstimate.exactly(expr.list().elements().size());
      }
      case MAP -> {
        return CostEstimate.exactly(expr.map().entries().size());
      }
      default -> {}
    }
    CostEstimate declared = declaredSize(path(expr));
    if (declared != null) {
      sizes.put(expr.id(), declared);
      return declared;
    }
    CelType type = ast.getType(expr.id()).orElse(null);
    if (type != null && isScalar(type)) {
      return ONE;
    }
    if (expr.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      Local local = local(expr.ident().name());
      return local == null ? null : local.size;
    }
    return null;
  }

  private static long constantSize(CelConstant constant) {
    return switch (constant.getKind()) {
      case STRING_VALUE ->
          constant.stringValue().codePointCount(0, constant.stringValue().length());
      case BYTES_VALUE -> constant.bytesValue().size();
      default -> 1;
    };
  }

  private static boolean isScalar(CelType type) {
    return switch (type.kind()) {
      case BOOL, DOUBLE, DURATION, INT, TIMESTAMP, UINT -> true;
      default -> type instanceof OptionalType o && isScalar(o.parameters().get(0));
    };
  }

  /** The size of an element of a list, by its declaration where there is one; else unknown. */
  CostEstimate elementSize(CelExpr list) {
    CostEstimate size = declaredSize(further(path(list), "@items"));
    return size == null ? CostEstimate.UNKNOWN : size;
  }

  /** The type of a list's elements or a map's keys; null for other types. */
  CelType firstParameter(CelExpr expr) {
    return switch (type(expr)) {
      case ListType list -> list.elemType();
      case MapType map -> map.keyType();
      default -> null;
    };
  }

  private CostEstimate declaredSize(List<String> path) {
    if (path.isEmpty()) {
      return null;
    }
    // A way that begins at a literal has always been looked up as if it began at the object that
    // a rule is about, and rules are accepted by the figure that gives.
    DeclType at = variables.getOrDefault(path.get(0), variables.get("self"));
    if (at == null) {
      return null;
    }
    for (String step : path.subList(1, path.size())) {
      while (at.kind() == DeclType.Kind.OPTIONAL) {
        at = at.elem();
      }
      switch (step) {
        case "@items", "@values" -> at = at.elem();
        case "@keys" -> {
          return at.kind() == DeclType.Kind.MAP && at.measured() ? NOTHING : null;
        }
        default -> {
          DeclType.Member member = at.fields().get(step);
          at = member == null ? null : member.type();
        }
      }
      if (at == null) {
        return null;
      }
    }
    return at.measured() ? new CostEstimate(0, at.maxElements()) : null;
  }
}
