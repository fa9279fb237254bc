package dev.mokha.cel.eval;

import com.google.common.collect.ImmutableList;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelReference;
import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.library.Function;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.CelNull;
import dev.mokha.cel.value.MadeObject;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.TypeName;
import dev.mokha.cel.value.UInt;
import dev.mokha.cel.value.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * Turns a checked syntax tree into steps that run. Each step charges what CEL's cost model says of
 * it: 1 for reading a variable or a field, 10 for making a list, 30 for a map, 40 for an object,
 * and for a call what {@link CallCosts} says.
 */
public final class Planner {
  private final CelAbstractSyntaxTree ast;
  private final Map<String, Function> functions;
  private final Set<String> variables;
  private final List<String> globals = new ArrayList<>();
  private final Map<String, Deque<Integer>> locals = new HashMap<>();
  private int depth;
  private int slots;

  /**
   * For one expression.
   *
   * @param variables the names of those that the environment declares; other names are types
   */
  public Planner(
      CelAbstractSyntaxTree ast, Map<String, Function> functions, Set<String> variables) {
    this.ast = ast;
    this.functions = functions;
    this.variables = variables;
  }

  /** The whole expression. */
  public Step plan() {
    return plan(ast.getExpr());
  }

  /** The variables by their place, after {@link #plan}. */
  public String[] globals() {
    return globals.toArray(String[]::new);
  }

  /** How many places loops need, after {@link #plan}. */
  public int slots() {
    return slots;
  }

  private Step plan(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT -> constant(expr.constant());
      case IDENT -> ident(expr);
      case SELECT -> select(expr);
      case CALL -> call(expr.call());
      case LIST -> list(expr.list());
      case MAP -> map(expr.map());
      case STRUCT -> struct(expr.struct());
      case COMPREHENSION -> comprehension(expr.comprehension());
      default -> throw new IllegalStateException("No such expression: " + expr.getKind());
    };
  }

  private static Step constant(CelConstant constant) {
    Object value = value(constant);
    return _ -> value;
  }

  private static Object value(CelConstant constant) {
    return switch (constant.getKind()) {
      case BOOLEAN_VALUE -> constant.booleanValue();
      case INT64_VALUE -> constant.int64Value();
      case UINT64_VALUE -> new UInt(constant.uint64Value().longValue());
      case DOUBLE_VALUE -> constant.doubleValue();
      case STRING_VALUE -> constant.stringValue();
      case BYTES_VALUE -> new Bytes(constant.bytesValue().toByteArray());
      default -> CelNull.NULL;
    };
  }

  private Step ident(CelExpr expr) {
    String name = expr.ident().name();
    Optional<CelReference> reference = ast.getReference(expr.id());
    if (reference.isPresent() && reference.get().value().isPresent()) {
      return constant(reference.get().value().get());
    }
    Deque<Integer> scopes = locals.get(name);
    if (scopes != null && !scopes.isEmpty()) {
      int slot = scopes.peek();
      return frame -> {
        frame.charge(1);
        return frame.local(slot);
      };
    }
    String global = name.startsWith(".") ? name.substring(1) : name;
    if (!variables.contains(global)) {
      TypeName type = new TypeName(global);
      return frame -> {
        frame.charge(1);
        return type;
      };
    }
    int place = globals.indexOf(global);
    if (place < 0) {
      place = globals.size();
      globals.add(global);
    }
    int at = place;
    return frame -> {
      frame.charge(1);
      return frame.global(at);
    };
  }

  /** Whether the cost model counts the expression as one way to a value, begun by a variable. */
  private static boolean isAttribute(CelExpr expr) {
    return switch (expr.getKind()) {
      case IDENT -> true;
      case SELECT -> !expr.select().testOnly();
      case CALL -> {
        String function = expr.call().function();
        yield function.equals("_[_]") || function.equals("_[?_]") || function.equals("_?._");
      }
      default -> false;
    };
  }

  /** What is charged for going one step further from an operand. */
  private static int stepCost(CelExpr operand) {
    boolean conditional =
        operand.getKind() == CelExpr.ExprKind.Kind.CALL
            && operand.call().function().equals("_?_:_");
    return isAttribute(operand) || conditional ? 1 : 2;
  }

  private Step select(CelExpr expr) {
    CelExpr inner = expr.select().operand();
    Step operand = plan(inner);
    String field = expr.select().field();
    if (expr.select().testOnly()) {
      int cost = stepCost(inner) - 1;
      return frame -> {
        Object value = operand.run(frame);
        frame.charge(cost);
        return Selection.has(value, field);
      };
    }
    int cost = stepCost(inner);
    return frame -> {
      Object value = operand.run(frame);
      frame.charge(cost);
      return Selection.field(value, field);
    };
  }

  private Step call(CelExpr.CelCall call) {
    return switch (call.function()) {
      case "_&&_" -> logical(call, false);
      case "_||_" -> logical(call, true);
      case "_?_:_" -> conditional(call);
      case "_[_]" -> index(call, Selection::element);
      case "_[?_]" -> index(call, Selection::optionalElement);
      case "_?._" -> optionalSelect(call);
      case "@not_strictly_false" -> notStrictlyFalse(call);
      case "or" -> orElse(call, false);
      case "orValue" -> orElse(call, true);
      default -> function(call);
    };
  }

  private Step logical(CelExpr.CelCall call, boolean decisive) {
    Step left = plan(call.args().get(0));
    Step right = plan(call.args().get(1));
    return frame -> {
      Object first;
      try {
        first = left.run(frame);
      } catch (CelEvaluationException e) {
        if (Boolean.valueOf(decisive).equals(right.run(frame))) {
          return decisive;
        }
        throw e;
      }
      if (first instanceof Boolean known && known == decisive) {
        return decisive;
      }
      Object second = right.run(frame);
      if (second instanceof Boolean known && (known == decisive || first instanceof Boolean)) {
        return known;
      }
      throw Values.noOverload();
    };
  }

  private Step conditional(CelExpr.CelCall call) {
    Step condition = plan(call.args().get(0));
    Step yes = plan(call.args().get(1));
    Step no = plan(call.args().get(2));
    return frame -> {
      if (!(condition.run(frame) instanceof Boolean known)) {
        throw Values.noOverload();
      }
      return known ? yes.run(frame) : no.run(frame);
    };
  }

  private Step index(CelExpr.CelCall call, BinaryOperator<Object> selection) {
    CelExpr inner = call.args().get(0);
    Step operand = plan(inner);
    Step key = plan(call.args().get(1));
    int cost = indexCost(inner, call.args().get(1));
    return frame -> {
      Object value = operand.run(frame);
      Object at = key.run(frame);
      frame.charge(cost);
      return selection.apply(value, at);
    };
  }

  /** A variable as an index is charged as part of the step. */
  private static int indexCost(CelExpr operand, CelExpr key) {
    return stepCost(operand) - (key.getKind() == CelExpr.ExprKind.Kind.IDENT ? 1 : 0);
  }

  private Step optionalSelect(CelExpr.CelCall call) {
    CelExpr inner = call.args().get(0);
    Step operand = plan(inner);
    String field = call.args().get(1).constant().stringValue();
    int cost = stepCost(inner);
    return frame -> {
      Object value = operand.run(frame);
      frame.charge(cost);
      return Selection.optionalField(value, field);
    };
  }

  private Step notStrictlyFalse(CelExpr.CelCall call) {
    Step argument = plan(call.args().get(0));
    return frame -> {
      boolean result;
      try {
        result = !Boolean.FALSE.equals(argument.run(frame));
      } catch (CelEvaluationException e) {
        result = true;
      }
      frame.charge(1);
      return result;
    };
  }

  private Step orElse(CelExpr.CelCall call, boolean unwrap) {
    Step target = plan(call.target().orElseThrow());
    Step other = plan(call.args().get(0));
    return frame -> {
      if (!(target.run(frame) instanceof Optional<?> optional)) {
        throw Values.noOverload();
      }
      if (optional.isPresent()) {
        return unwrap ? optional.get() : optional;
      }
      return other.run(frame);
    };
  }

  private Step function(CelExpr.CelCall call) {
    String name = call.function();
    Function function = functions.get(name);
    if (function == null) {
      throw new IllegalStateException("No implementation of the function " + name);
    }
    List<CelExpr> all = new ArrayList<>();
    call.target().ifPresent(all::add);
    all.addAll(call.args());
    Step[] steps = all.stream().map(this::plan).toArray(Step[]::new);
    return frame -> {
      Object[] arguments = new Object[steps.length];
      for (int i = 0; i < steps.length; i++) {
        arguments[i] = steps[i].run(frame);
      }
      frame.charge(CallCosts.before(name, arguments));
      Object result = function.call(arguments);
      frame.charge(CallCosts.after(name, arguments, result));
      return result;
    };
  }

  private Step list(CelExpr.CelList list) {
    Step[] steps = list.elements().stream().map(this::plan).toArray(Step[]::new);
    boolean[] optional = new boolean[steps.length];
    list.optionalIndices().forEach(i -> optional[i] = true);
    if (steps.length > 0
        && list.optionalIndices().isEmpty()
        && list.elements().stream().allMatch(e -> e.getKind() == CelExpr.ExprKind.Kind.CONSTANT)) {
      List<Object> constants = new ArrayList<>();
      list.elements().forEach(e -> constants.add(value(e.constant())));
      List<Object> shared = Collections.unmodifiableList(constants);
      return _ -> shared;
    }
    return frame -> {
      List<Object> values = new ArrayList<>(steps.length);
      for (int i = 0; i < steps.length; i++) {
        Object value = steps[i].run(frame);
        if (!optional[i]) {
          values.add(value);
        } else if (value instanceof Optional<?> o) {
          o.ifPresent(values::add);
        } else {
          throw Values.noOverload();
        }
      }
      frame.charge(10);
      return values;
    };
  }

  private Step map(CelExpr.CelMap map) {
    ImmutableList<CelExpr.CelMap.Entry> entries = map.entries();
    Step[] keys = entries.stream().map(e -> plan(e.key())).toArray(Step[]::new);
    Step[] values = entries.stream().map(e -> plan(e.value())).toArray(Step[]::new);
    return frame -> {
      Map<Object, Object> made = LinkedHashMap.newLinkedHashMap(keys.length);
      for (int i = 0; i < keys.length; i++) {
        Object key = keys[i].run(frame);
        Object value = values[i].run(frame);
        if (!(key instanceof String
            || key instanceof Long
            || key instanceof UInt
            || key instanceof Boolean)) {
          throw new CelEvaluationException("unsupported key type: " + Values.typeOf(key));
        }
        if (entries.get(i).optionalEntry()) {
          if (!(value instanceof Optional<?> o)) {
            throw Values.noOverload();
          }
          o.ifPresent(v -> made.put(key, v));
        } else {
          made.put(key, value);
        }
      }
      frame.charge(30);
      return made;
    };
  }

  private Step struct(CelExpr.CelStruct struct) {
    String name = struct.messageName();
    ImmutableList<CelExpr.CelStruct.Entry> entries = struct.entries();
    Step[] values = entries.stream().map(e -> plan(e.value())).toArray(Step[]::new);
    return frame -> {
      Map<String, Object> fields = LinkedHashMap.newLinkedHashMap(values.length);
      for (int i = 0; i < values.length; i++) {
        CelExpr.CelStruct.Entry entry = entries.get(i);
        Object value = values[i].run(frame);
        if (entry.optionalEntry()) {
          if (!(value instanceof Optional<?> o)) {
            throw Values.noOverload();
          }
          if (o.isEmpty()) {
            continue;
          }
          value = o.get();
        }
        checkPath(name, entry.fieldKey(), value);
        fields.put(entry.fieldKey(), value);
      }
      frame.charge(40);
      return new MadeObject(name, fields);
    };
  }

  /** An object inside an object must be named by the way to it: {@code Object.spec} in spec. */
  private static void checkPath(String outer, String field, Object value) {
    if (value instanceof MadeObject inner && inner.typeName().startsWith("Object")) {
      String wanted = outer + "." + field;
      if (!inner.typeName().equals(wanted) && outer.startsWith("Object")) {
        throw new CelEvaluationException(
            "unexpected type name \"%s\", expected \"%s\", which matches field name path from root Object type"
                .formatted(inner.typeName(), wanted));
      }
    }
  }

  private int enter(String name) {
    int slot = depth++;
    slots = Math.max(slots, depth);
    locals.computeIfAbsent(name, _ -> new ArrayDeque<>()).push(slot);
    return slot;
  }

  private void leave(String name) {
    locals.get(name).pop();
    depth--;
  }

  private Step comprehension(CelExpr.CelComprehension loop) {
    Step range = plan(loop.iterRange());
    Step init = plan(loop.accuInit());
    int accu = enter(loop.accuVar());
    boolean two = !loop.iterVar2().isEmpty();
    int first = enter(loop.iterVar());
    int second = two ? enter(loop.iterVar2()) : -1;
    Step condition = plan(loop.loopCondition());
    Step step = plan(loop.loopStep());
    if (two) {
      leave(loop.iterVar2());
    }
    leave(loop.iterVar());
    Step result = plan(loop.result());
    leave(loop.accuVar());
    if (isBinding(loop)) {
      return frame -> {
        frame.charge(10);
        frame.local(accu, new Frame.Lazy(init));
        return result.run(frame);
      };
    }
    return frame -> {
      Object over = range.run(frame);
      frame.local(accu, init.run(frame));
      Loop body = new Loop(frame, condition, step, accu, first, second);
      switch (over) {
        case List<?> list -> body.over(list);
        case Map<?, ?> map -> body.over(map);
        case StructValue struct -> body.over(struct);
        default -> throw Values.noOverload();
      }
      return result.run(frame);
    };
  }

  /** {@code optMap} and its kin bind a name by a loop over nothing. */
  private static boolean isBinding(CelExpr.CelComprehension loop) {
    return loop.iterRange().getKind() == CelExpr.ExprKind.Kind.LIST
        && loop.iterRange().list().elements().isEmpty()
        && loop.loopCondition().getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && loop.loopCondition().constant().equals(CelConstant.ofValue(false));
  }
}
