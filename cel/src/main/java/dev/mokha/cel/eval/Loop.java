package dev.mokha.cel.eval;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.StructValue;
import java.util.List;
import java.util.Map;

/**
 * One run of a comprehension's loop over what it ranges over.
 *
 * @param accu place of the accumulator
 * @param first place of the first variable
 * @param second place of the second variable; negative where there is one alone
 */
record Loop(Frame frame, Step condition, Step step, int accu, int first, int second) {
  void over(List<?> list) {
    for (int i = 0; i < list.size(); i++) {
      Object element = list.get(i);
      if (second < 0 ? !turn(element) : !turn((long) i, element)) {
        return;
      }
    }
  }

  void over(Map<?, ?> map) {
    for (Map.Entry<?, ?> e : map.entrySet()) {
      if (second < 0 ? !turn(e.getKey()) : !turn(e.getKey(), e.getValue())) {
        return;
      }
    }
  }

  void over(StructValue struct) {
    for (String name : struct.names()) {
      if (second < 0 ? !turn(name) : !turn(name, struct.get(name))) {
        return;
      }
    }
  }

  private boolean turn(Object value) {
    frame.local(first, value);
    return turn();
  }

  private boolean turn(Object key, Object value) {
    frame.local(second, value);
    return turn(key);
  }

  private boolean turn() {
    if (!Boolean.TRUE.equals(condition.run(frame))) {
      return false;
    }
    Object next;
    try {
      next = step.run(frame);
    } catch (CelEvaluationException e) {
      // all() and exists() carry an error on: a later element may still decide.
      next = new Failure(e);
    }
    frame.local(
        accu,
        next instanceof Failure f
            ? new Frame.Lazy(
                _ -> {
                  throw f.error;
                })
            : next);
    return true;
  }

  private record Failure(CelEvaluationException error) {}
}
