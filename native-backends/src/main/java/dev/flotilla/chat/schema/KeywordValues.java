package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.SchemaSource.wrong;

import dev.flotilla.chat.schema.Schema.Bound;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the values of keywords; what is of another type or out of range is refused by name. */
final class KeywordValues {
  /** The largest length or count. */
  static final int MAX_COUNT = 100_000;

  /** The most digits of a bound of numbers. */
  private static final int MAX_DIGITS = 40;

  private KeywordValues() {}

  /** The tighter of the two bounds of one side. */
  static Optional<Bound> bound(Map<String, @Nullable Object> said, boolean lower, String at) {
    Optional<BigDecimal> inclusive = decimal(lower ? "minimum" : "maximum", said, at);
    Optional<BigDecimal> exclusive =
        decimal(lower ? "exclusiveMinimum" : "exclusiveMaximum", said, at);
    if (exclusive.isEmpty() || inclusive.isEmpty()) {
      return exclusive
          .map(value -> new Bound(value, true))
          .or(() -> inclusive.map(value -> new Bound(value, false)));
    }
    int order = exclusive.get().compareTo(inclusive.get());
    boolean exclusiveHolds = lower ? order >= 0 : order <= 0;
    return Optional.of(
        exclusiveHolds ? new Bound(exclusive.get(), true) : new Bound(inclusive.get(), false));
  }

  static Optional<BigDecimal> decimal(
      String keyword, Map<String, @Nullable Object> said, String at) {
    Object value = said.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof Number number)) {
      throw wrong(at, keyword, "must be a number");
    }
    BigDecimal decimal = new BigDecimal(number.toString());
    decimal = decimal.signum() == 0 ? BigDecimal.ZERO : decimal.stripTrailingZeros();
    if (decimal.precision() + Math.abs(decimal.scale()) > MAX_DIGITS) {
      throw wrong(at, keyword, "has more than " + MAX_DIGITS + " digits");
    }
    return Optional.of(decimal);
  }

  static int count(String keyword, Map<String, @Nullable Object> said, int absent, String at) {
    Object value = said.get(keyword);
    if (value == null) {
      return absent;
    }
    if (value instanceof Number number
        && isWhole(number)
        && number.doubleValue() >= 0
        && number.doubleValue() <= MAX_COUNT) {
      return number.intValue();
    }
    throw wrong(at, keyword, "must be an integer from 0 to " + MAX_COUNT);
  }

  static String text(String keyword, @Nullable Object value, String at) {
    if (value instanceof String text) {
      return text;
    }
    throw wrong(at, keyword, "must be a string");
  }

  static List<?> list(String keyword, @Nullable Object value, String at) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(at, keyword, "must be an array");
  }

  static Map<?, ?> map(String keyword, @Nullable Object value, String at) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw wrong(at, keyword, "must be an object");
  }

  static boolean isWhole(Number number) {
    return new BigDecimal(number.toString()).stripTrailingZeros().scale() <= 0;
  }
}
