package dev.mokha.cel.value;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;

/**
 * The begin of a shared array, so that a loop that adds one element after another to its result
 * does not copy the result each time.
 */
final class GrowingList extends AbstractList<Object> implements RandomAccess {
  private final ArrayList<Object> shared;
  private final int size;

  private GrowingList(ArrayList<Object> shared) {
    this.shared = shared;
    this.size = shared.size();
  }

  /** Both lists, one after the other; neither changes. */
  static List<Object> concatenate(List<?> first, List<?> second) {
    if (first instanceof GrowingList own && own.size == own.shared.size() && second != own) {
      own.shared.addAll(second);
      return new GrowingList(own.shared);
    }
    ArrayList<Object> all = new ArrayList<>(first.size() + second.size() + 8);
    all.addAll(first);
    all.addAll(second);
    return new GrowingList(all);
  }

  @Override
  public Object get(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException(index);
    }
    return shared.get(index);
  }

  @Override
  public int size() {
    return size;
  }
}
