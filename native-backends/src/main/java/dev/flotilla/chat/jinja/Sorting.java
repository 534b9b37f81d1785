package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Python's stable sort: values are only ever asked whether one is less than another. */
final class Sorting {
  private Sorting() {}

  /** Sorts {@code items} in place by the parallel {@code keys}. */
  static void sort(List<Value> items, List<Value> keys, boolean isReversed, Operators operators) {
    List<Integer> order = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      order.add(i);
    }
    List<Value> fixedKeys = List.copyOf(keys);
    List<Value> fixedItems = List.copyOf(items);
    Comparator<Integer> byKey = new ByKey(fixedKeys, isReversed, operators);
    mergeSort(order, byKey);
    for (int i = 0; i < order.size(); i++) {
      items.set(i, fixedItems.get(order.get(i)));
    }
  }

  /**
   * A merge sort of our own: the library's refuses orders that are not total, which Python values,
   * with NaN among them, need not have.
   */
  private static void mergeSort(List<Integer> order, Comparator<Integer> comparator) {
    if (order.size() < 2) {
      return;
    }
    int middle = order.size() / 2;
    List<Integer> left = new ArrayList<>(order.subList(0, middle));
    List<Integer> right = new ArrayList<>(order.subList(middle, order.size()));
    mergeSort(left, comparator);
    mergeSort(right, comparator);
    int l = 0;
    int r = 0;
    for (int i = 0; i < order.size(); i++) {
      boolean takesLeft =
          r == right.size()
              || (l < left.size() && comparator.compare(right.get(r), left.get(l)) >= 0);
      order.set(i, takesLeft ? left.get(l++) : right.get(r++));
    }
  }

  private record ByKey(List<Value> keys, boolean isReversed, Operators operators)
      implements Comparator<Integer> {
    /** Negative if the first belongs strictly before the second, 0 otherwise. */
    @Override
    public int compare(Integer first, Integer second) {
      Value a = keys.get(first);
      Value b = keys.get(second);
      boolean isBefore =
          isReversed ? operators.holds(Operator.LT, b, a) : operators.holds(Operator.LT, a, b);
      return isBefore ? -1 : 0;
    }
  }
}
