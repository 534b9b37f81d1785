package dev.flotilla.chat.jinja;

/**
 * Bounds on what one template may cost; a template that crosses one fails with {@link
 * JinjaException.Kind#LIMIT}.
 *
 * @param sourceCharacters longest template source, in UTF-16 units
 * @param nesting deepest nesting of the template's syntax, and of values; the reference's own
 *     compiler stops at 200
 * @param evaluationDepth most expressions and statements within one another at one moment of a
 *     rendering, through all macro calls; bounds the thread's stack
 * @param steps most expressions, statements and container elements visited by one rendering
 * @param outputCharacters longest text that one rendering may produce, in UTF-16 units
 * @param workCharacters most text, in UTF-16 units, that one rendering may read or write in all its
 *     string operations together; bounds its memory and time
 * @param elements most elements of one container, counted through all levels
 * @param rangeElements longest {@code range()}; the reference's sandbox has the same
 * @param integerBits widest integer
 */
public record Limits(
    int sourceCharacters,
    int nesting,
    int evaluationDepth,
    long steps,
    int outputCharacters,
    long workCharacters,
    int elements,
    int rangeElements,
    int integerBits) {

  /** Room for every real template, and well under a second for the worst hostile one. */
  public static final Limits DEFAULT =
      new Limits(1 << 20, 200, 1_000, 2_000_000, 16 << 20, 64L << 20, 4 << 20, 100_000, 1 << 14);

  public Limits {
    requirePositive("sourceCharacters", sourceCharacters);
    requirePositive("nesting", nesting);
    requirePositive("evaluationDepth", evaluationDepth);
    requirePositive("steps", steps);
    requirePositive("outputCharacters", outputCharacters);
    requirePositive("workCharacters", workCharacters);
    requirePositive("elements", elements);
    requirePositive("rangeElements", rangeElements);
    requirePositive("integerBits", integerBits);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
