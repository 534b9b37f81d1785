package dev.flotilla.chat.schema;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode scalar values: code points without surrogates.
 *
 * @param ranges sorted, apart from each other
 */
public record CodePoints(List<Range> ranges) {

  /** Every scalar value. */
  public static final CodePoints ALL =
      new CodePoints(
          List.of(
              new Range(0, Character.MIN_SURROGATE - 1),
              new Range(Character.MAX_SURROGATE + 1, Character.MAX_CODE_POINT)));

  /** The decimal digits. */
  public static final CodePoints DIGITS = range('0', '9');

  /** Both ends belong to it. */
  public record Range(int first, int last) {}

  public CodePoints {
    ranges = List.copyOf(ranges);
  }

  /** From {@code first} to {@code last}, both included; surrogates among them are left out. */
  public static CodePoints range(int first, int last) {
    return new CodePoints(List.of(new Range(first, last))).and(ALL);
  }

  /** The characters of a text. */
  public static CodePoints of(String characters) {
    return normal(characters.codePoints().mapToObj(each -> new Range(each, each)).toList());
  }

  /** What is in either. */
  public CodePoints or(CodePoints other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return normal(all);
  }

  /** What is in both. */
  public CodePoints and(CodePoints other) {
    List<Range> both = new ArrayList<>();
    for (Range mine : ranges) {
      for (Range theirs : other.ranges) {
        int first = Math.max(mine.first, theirs.first);
        int last = Math.min(mine.last, theirs.last);
        if (first <= last) {
          both.add(new Range(first, last));
        }
      }
    }
    return normal(both);
  }

  /** What is in this one only. */
  public CodePoints without(CodePoints other) {
    return and(other.complement());
  }

  /** Every scalar value that is not in it. */
  public CodePoints complement() {
    List<Range> gaps = new ArrayList<>();
    int next = 0;
    for (Range range : ranges) {
      if (range.first > next) {
        gaps.add(new Range(next, range.first - 1));
      }
      next = range.last + 1;
    }
    if (next <= Character.MAX_CODE_POINT) {
      gaps.add(new Range(next, Character.MAX_CODE_POINT));
    }
    CodePoints complement = new CodePoints(gaps);
    return this.equals(ALL) ? new CodePoints(List.of()) : complement.and(ALL);
  }

  public boolean contains(int codePoint) {
    return ranges.stream().anyMatch(range -> range.first <= codePoint && codePoint <= range.last);
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  private static CodePoints normal(List<Range> ranges) {
    List<Range> joined = new ArrayList<>();
    for (Range range : ranges.stream().sorted(Comparator.comparingInt(Range::first)).toList()) {
      Range last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && range.first <= last.last + 1) {
        joined.set(joined.size() - 1, new Range(last.first, Math.max(last.last, range.last)));
      } else {
        joined.add(range);
      }
    }
    return new CodePoints(joined);
  }
}
