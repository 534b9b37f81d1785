package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.stream.IntStream;

/** New orders of nodes from others, which stay as they are. */
final class Reordering {

  private Reordering() {}

  /** The same with one more before a place. */
  static int[] insert(int[] order, int node, int place) {
    int[] longer = new int[order.length + 1];
    System.arraycopy(order, 0, longer, 0, place);
    longer[place] = node;
    System.arraycopy(order, place, longer, place + 1, order.length - place);
    return longer;
  }

  /** The same without the one at a place. */
  static int[] remove(int[] order, int place) {
    int[] shorter = Arrays.copyOf(order, order.length - 1);
    System.arraycopy(order, place + 1, shorter, place, order.length - 1 - place);
    return shorter;
  }

  /** The same with the part between two places, both included, turned round. */
  static int[] reverse(int[] order, int one, int other) {
    int[] turned = order.clone();
    for (int from = Math.min(one, other), to = Math.max(one, other); from < to; from++, to--) {
      turned[from] = order[to];
      turned[to] = order[from];
    }
    return turned;
  }

  /** Begins with another place, as if the last were followed by the first. */
  static int[] rotate(int[] order, int first) {
    return IntStream.range(0, order.length)
        .map(place -> order[(first + place) % order.length])
        .toArray();
  }
}
