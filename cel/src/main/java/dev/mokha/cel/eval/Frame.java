package dev.mokha.cel.eval;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.value.Values;
import java.util.Map;
import java.util.function.Supplier;

/** One evaluation: its variables, its loops' variables and its meter. Used by one thread. */
public final class Frame {
  /** The evaluation's share is spent. */
  @SuppressWarnings("serial")
  public static final class OverLimit extends RuntimeException {
    OverLimit() {
      super("over the limit", null, false, false);
    }
  }

  private final Map<String, ?> variables;
  private final Map<String, DeclType> types;
  private final String[] names;
  private final Object[] globals;
  private final Object[] locals;
  private final long limit;
  private long cost;

  /**
   * A new evaluation.
   *
   * @param names the variables by their place
   * @param locals how many variables of loops there are at once
   */
  public Frame(
      Map<String, ?> variables,
      Map<String, DeclType> types,
      String[] names,
      int locals,
      long limit) {
    this.variables = variables;
    this.types = types;
    this.names = names;
    this.globals = new Object[names.length];
    this.locals = new Object[locals];
    this.limit = limit;
  }

  /** What was spent until now. */
  public long cost() {
    return cost;
  }

  /**
   * Spends that much.
   *
   * @throws OverLimit when it is more than the limit
   */
  public void charge(long units) {
    cost += units;
    if (cost > limit || cost < 0) {
      throw new OverLimit();
    }
  }

  Object local(int slot) {
    Object value = locals[slot];
    if (value instanceof Lazy lazy) {
      value = lazy.step.run(this);
      locals[slot] = value;
    }
    return value;
  }

  void local(int slot, Object value) {
    locals[slot] = value;
  }

  /** A value that is worked out when first read. */
  record Lazy(Step step) {}

  Object global(int place) {
    Object value = globals[place];
    if (value == null) {
      String name = names[place];
      Object given = variables.get(name);
      if (given == null && !variables.containsKey(name)) {
        throw new CelEvaluationException("no such attribute(s): " + name);
      }
      if (given instanceof Supplier<?> supplier) {
        given = supplier.get();
      }
      value = Values.adapt(given, types.getOrDefault(name, DeclType.DYN));
      globals[place] = value;
    }
    return value;
  }
}
