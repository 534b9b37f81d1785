package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.KeywordValues.bound;
import static dev.flotilla.chat.schema.KeywordValues.count;
import static dev.flotilla.chat.schema.KeywordValues.isWhole;
import static dev.flotilla.chat.schema.KeywordValues.text;
import static dev.flotilla.chat.schema.SchemaSource.wrong;

import dev.flotilla.chat.schema.Schema.Bound;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses what schemas say of strings and numbers. */
final class ScalarSchemas {
  private ScalarSchemas() {}

  static Schema string(Map<String, @Nullable Object> said, String at) {
    Object pattern = said.get("pattern");
    Object format = said.get("format");
    if (pattern == null && format == null) {
      int least = count("minLength", said, 0, at);
      int most = count("maxLength", said, Gbnf.UNBOUNDED, at);
      return least > most ? new Schema.Never() : new Schema.Text(least, most);
    }
    String form = pattern == null ? "format" : "pattern";
    for (String other : List.of("format", "minLength", "maxLength")) {
      if (!other.equals(form) && said.get(other) != null) {
        throw wrong(at, other, "is not supported beside " + form);
      }
    }
    return pattern == null
        ? format(text("format", format, at), at)
        : pattern(text("pattern", pattern, at), at);
  }

  private static Schema format(String name, String at) {
    return StringFormat.of(name)
        .map(format -> new Schema.Formed(format.characters()))
        .orElseThrow(() -> wrong(at, "format", "is none of " + StringFormat.names()));
  }

  private static Schema pattern(String pattern, String at) {
    try {
      return new Schema.Formed(RegexParser.parse(pattern));
    } catch (RegexParser.Refused e) {
      throw wrong(at, "pattern", String.valueOf(e.getMessage()));
    }
  }

  static Schema integers(Map<String, @Nullable Object> said, String at) {
    Optional<Bound> least = bound(said, true, at);
    Optional<Bound> most = bound(said, false, at);
    Optional<BigInteger> from =
        least.map(bound -> {
          BigInteger whole = bound.value().setScale(0, RoundingMode.CEILING).toBigInteger();
          return bound.exclusive() && isWhole(bound.value()) ? whole.add(BigInteger.ONE) : whole;
        });
    Optional<BigInteger> to =
        most.map(bound -> {
          BigInteger whole = bound.value().setScale(0, RoundingMode.FLOOR).toBigInteger();
          return bound.exclusive() && isWhole(bound.value())
              ? whole.subtract(BigInteger.ONE)
              : whole;
        });
    return NumberGrammar.integers(from, to).isEmpty()
        ? new Schema.Never()
        : new Schema.IntegerRange(from, to);
  }

  static Schema numbers(Map<String, @Nullable Object> said, String at) {
    Optional<Bound> least = bound(said, true, at);
    Optional<Bound> most = bound(said, false, at);
    return NumberGrammar.numbers(least, most).isEmpty()
        ? new Schema.Never()
        : new Schema.NumberRange(least, most);
  }
}
