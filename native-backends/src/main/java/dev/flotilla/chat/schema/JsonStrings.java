package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.Gbnf.literal;
import static dev.flotilla.chat.schema.Gbnf.sequence;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON texts (RFC 8259): of values, and as grammars of strings' characters. */
public final class JsonStrings {
  private static final String SHORT_ESCAPES = "\"\\\b\f\n\r\t";
  private static final String SHORT_NAMES = "\"\\bfnrt";

  /** What must be escaped in a string. */
  private static final CodePoints ESCAPED = CodePoints.range(0, 0x1F).or(CodePoints.of("\"\\"));

  private static final Gbnf HEX =
      new Gbnf.Chars(
          CodePoints.DIGITS.or(CodePoints.range('a', 'f')).or(CodePoints.range('A', 'F')));

  private JsonStrings() {}

  /** Any character of a string, in any of its spellings. */
  static Gbnf anyCharacter() {
    Gbnf.Chars notD = chars("0123456789abcefABCEF");
    Gbnf scalar =
        Gbnf.choice(
            sequence(notD, HEX, HEX, HEX), sequence(chars("dD"), chars("01234567"), HEX, HEX));
    Gbnf pair =
        sequence(
            chars("dD"),
            chars("89abAB"),
            HEX,
            HEX,
            literal("\\u"),
            chars("dD"),
            chars("cdefCDEF"),
            HEX,
            HEX);
    return Gbnf.choice(
        new Gbnf.Chars(ESCAPED.complement()),
        sequence(
            literal("\\"),
            Gbnf.choice(
                chars(SHORT_NAMES + "/"), sequence(literal("u"), Gbnf.choice(scalar, pair)))));
  }

  private static Gbnf.Chars chars(String characters) {
    return new Gbnf.Chars(CodePoints.of(characters));
  }

  /** One character of a set that is not empty, in one spelling for each. */
  static Gbnf character(CodePoints set) {
    List<Gbnf> options = new ArrayList<>();
    CodePoints plain = set.without(ESCAPED);
    if (!plain.isEmpty()) {
      options.add(new Gbnf.Chars(plain));
    }
    for (CodePoints.Range range : set.and(ESCAPED).ranges()) {
      for (int c = range.first(); c <= range.last(); c++) {
        options.add(literal(escape(c)));
      }
    }
    return Gbnf.choice(options);
  }

  /**
   * The characters of every text but these, up to and with the closing quote. Characters have one
   * spelling each, so that none of the texts comes back in another.
   */
  static Gbnf otherThan(Set<String> texts) {
    return otherThan(texts.stream().sorted().toList(), 0);
  }

  private static Gbnf otherThan(List<String> texts, int length) {
    Gbnf quote = literal("\"");
    Gbnf rest = sequence(new Gbnf.Repeat(character(CodePoints.ALL), 0, Gbnf.UNBOUNDED), quote);
    List<Gbnf> options = new ArrayList<>();
    if (texts.stream().noneMatch(text -> text.length() == length)) {
      options.add(quote);
    }
    Map<Integer, List<String>> next =
        texts.stream()
            .filter(text -> text.length() > length)
            .collect(Collectors.groupingBy(text -> text.codePointAt(length)));
    CodePoints named = new CodePoints(List.of());
    for (var entry : next.entrySet()) {
      CodePoints one = CodePoints.range(entry.getKey(), entry.getKey());
      named = named.or(one);
      options.add(
          sequence(
              character(one),
              otherThan(entry.getValue(), length + Character.charCount(entry.getKey()))));
    }
    options.add(sequence(character(named.complement()), rest));
    return Gbnf.choice(options);
  }

  /** A value as compact JSON: null, Boolean, Number, String, List and Map. */
  public static String json(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Boolean flag -> flag.toString();
      case Double number -> BigDecimal.valueOf(number).toString();
      case Number number -> number.toString();
      case String text -> quoted(text);
      case List<?> list ->
          list.stream().map(JsonStrings::json).collect(Collectors.joining(",", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> quoted(String.valueOf(entry.getKey())) + ":" + json(entry.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass());
    };
  }

  /** A text as a JSON string. */
  public static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints().forEach(c -> out.append(escape(c)));
    return out.append('"').toString();
  }

  private static String escape(int codePoint) {
    int index = SHORT_ESCAPES.indexOf(codePoint);
    if (index >= 0) {
      return "\\" + SHORT_NAMES.charAt(index);
    }
    return codePoint < 0x20 ? String.format("\\u%04x", codePoint) : Character.toString(codePoint);
  }
}
