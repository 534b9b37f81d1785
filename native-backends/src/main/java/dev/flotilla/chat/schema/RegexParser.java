package dev.flotilla.chat.schema;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the part of ECMA 262's regular expressions that a grammar can express: alternatives,
 * groups, classes, repetitions, and anchors at the ends of whole alternatives. Where an anchor is
 * left out, anything may stand there, as JSON Schema has it.
 */
final class RegexParser {
  /** The longest pattern. */
  static final int MAX_CHARS = 1_000;

  private static final int MAX_DEPTH = 20;
  private static final int MAX_REPETITIONS = 1_000;
  private static final CodePoints WORD =
      CodePoints.range('a', 'z')
          .or(CodePoints.range('A', 'Z'))
          .or(CodePoints.DIGITS)
          .or(CodePoints.of("_"));
  private static final CodePoints SPACE =
      CodePoints.of(" \t\n\r\f\u000B\u00A0\uFEFF\u2028\u2029\u1680\u202F\u205F\u3000")
          .or(CodePoints.range(0x2000, 0x200A));
  private static final CodePoints LINE_ENDS = CodePoints.of("\n\r\u2028\u2029");

  private final String pattern;
  private int at;
  private int depth;

  private RegexParser(String pattern) {
    this.pattern = pattern;
  }

  /** A pattern that is wrong, or that no grammar can express; the message says what. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * The texts that a pattern occurs in, written as in a JSON string.
   *
   * @throws Refused if it is wrong or outside of what is supported
   */
  static Gbnf parse(String pattern) {
    if (pattern.length() > MAX_CHARS) {
      throw new Refused("is longer than " + MAX_CHARS + " characters");
    }
    RegexParser parser = new RegexParser(pattern);
    List<Gbnf> branches = new ArrayList<>();
    do {
      branches.add(parser.anchored());
    } while (parser.skip('|'));
    if (!parser.atEnd()) {
      throw parser.refused("has a ')' without its '('");
    }
    return Gbnf.choice(branches);
  }

  private Gbnf anchored() {
    boolean fromStart = skip('^');
    Gbnf body = sequence();
    boolean toEnd = skip('$');
    if (!atEnd() && peek() != '|' && peek() != ')') {
      throw refused("has a '$' in its middle");
    }
    List<Gbnf> parts = new ArrayList<>();
    Gbnf anything = new Gbnf.Repeat(JsonStrings.character(CodePoints.ALL), 0, Gbnf.UNBOUNDED);
    if (!fromStart) {
      parts.add(anything);
    }
    parts.add(body);
    if (!toEnd) {
      parts.add(anything);
    }
    return new Gbnf.Sequence(parts);
  }

  private Gbnf alternatives() {
    List<Gbnf> branches = new ArrayList<>();
    do {
      branches.add(sequence());
    } while (skip('|'));
    return Gbnf.choice(branches);
  }

  private Gbnf sequence() {
    List<Gbnf> parts = new ArrayList<>();
    while (!atEnd() && peek() != '|' && peek() != ')' && peek() != '$') {
      parts.add(repeated(atom()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Gbnf.Sequence(parts);
  }

  private Gbnf atom() {
    int c = next();
    return switch (c) {
      case '(' -> group();
      case '[' -> character(characterClass());
      case '.' -> character(CodePoints.ALL.without(LINE_ENDS));
      case '\\' -> character(escape(false));
      case '*', '+', '?', '{' -> throw refused("repeats nothing");
      case '^' -> throw refused("has a '^' in its middle");
      case ']', '}' -> throw refused("has an unescaped '" + (char) c + "'");
      default -> character(CodePoints.of(Character.toString(c)));
    };
  }

  private Gbnf character(CodePoints set) {
    if (set.isEmpty()) {
      throw refused("has a class without characters");
    }
    return JsonStrings.character(set);
  }

  private Gbnf group() {
    if (++depth > MAX_DEPTH) {
      throw refused("is nested deeper than " + MAX_DEPTH);
    }
    if (skip('?')) {
      if (skip('<') && !atEnd() && peek() != '=' && peek() != '!') {
        skipName();
      } else if (!skip(':')) {
        throw refused("looks around, which no grammar can");
      }
    }
    Gbnf inner = alternatives();
    if (!skip(')')) {
      throw refused(atEnd() ? "has a '(' without its ')'" : "has a '$' in its middle");
    }
    depth--;
    return inner;
  }

  private void skipName() {
    while (!skip('>')) {
      next();
    }
  }

  private Gbnf repeated(Gbnf unit) {
    Gbnf result = unit;
    if (skip('*')) {
      result = unbounded(unit, 0);
    } else if (skip('+')) {
      result = unbounded(unit, 1);
    } else if (skip('?')) {
      result = Gbnf.optional(unit);
    } else if (skip('{')) {
      result = counted(unit);
    } else {
      return result;
    }
    // Whether it is lazy makes no difference to what matches.
    skip('?');
    return result;
  }

  private Gbnf counted(Gbnf unit) {
    int least = number();
    int most = least;
    if (skip(',')) {
      most = peek() == '}' ? Gbnf.UNBOUNDED : number();
    }
    if (!skip('}') || most < least) {
      throw refused("has a wrong '{'");
    }
    return most == Gbnf.UNBOUNDED ? unbounded(unit, least) : new Gbnf.Repeat(unit, least, most);
  }

  private Gbnf unbounded(Gbnf unit, int least) {
    if (Gbnf.matchesEmpty(unit)) {
      throw refused("repeats without bound what may be empty");
    }
    return new Gbnf.Repeat(unit, least, Gbnf.UNBOUNDED);
  }

  private int number() {
    int start = at;
    while (!atEnd() && Character.isDigit(peek())) {
      next();
    }
    String digits = pattern.substring(start, at);
    if (digits.isEmpty() || digits.length() > 4 || Integer.parseInt(digits) > MAX_REPETITIONS) {
      throw refused("has a repetition that is not a number up to " + MAX_REPETITIONS);
    }
    return Integer.parseInt(digits);
  }

  private CodePoints characterClass() {
    boolean negated = skip('^');
    CodePoints set = new CodePoints(List.of());
    while (!skip(']')) {
      CodePoints first = member();
      if (peekIs('-') && !peekIs("-]")) {
        next();
        set = set.or(range(first, member()));
      } else {
        set = set.or(first);
      }
    }
    return negated ? set.complement() : set;
  }

  private CodePoints member() {
    int c = next();
    return c == '\\' ? escape(true) : CodePoints.of(Character.toString(c));
  }

  private CodePoints range(CodePoints from, CodePoints to) {
    int first = only(from);
    int last = only(to);
    if (first > last) {
      throw refused("has a range that runs backwards");
    }
    return CodePoints.range(first, last);
  }

  private int only(CodePoints set) {
    if (set.ranges().size() == 1
        && set.ranges().getFirst().first() == set.ranges().getFirst().last()) {
      return set.ranges().getFirst().first();
    }
    throw refused("has a range between what are no single characters");
  }

  private CodePoints escape(boolean inClass) {
    int c = next();
    return switch (c) {
      case 'd' -> CodePoints.DIGITS;
      case 'D' -> CodePoints.DIGITS.complement();
      case 'w' -> WORD;
      case 'W' -> WORD.complement();
      case 's' -> SPACE;
      case 'S' -> SPACE.complement();
      case 'n' -> CodePoints.of("\n");
      case 'r' -> CodePoints.of("\r");
      case 't' -> CodePoints.of("\t");
      case 'f' -> CodePoints.of("\f");
      case 'v' -> CodePoints.of("\u000B");
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      default -> {
        if (Character.isLetterOrDigit(c) || (inClass && c == 'b')) {
          throw refused("uses \\" + Character.toString(c) + ", which is not supported");
        }
        yield CodePoints.of(Character.toString(c));
      }
    };
  }

  private CodePoints hex(int digits) {
    String text = pattern.substring(at, Math.min(pattern.length(), at + digits));
    if (!text.matches("[0-9a-fA-F]{" + digits + "}")) {
      throw refused("has an escape that is not " + digits + " hexadecimal digits");
    }
    at += digits;
    int codePoint = Integer.parseInt(text, 16);
    return CodePoints.range(codePoint, codePoint);
  }

  private boolean atEnd() {
    return at >= pattern.length();
  }

  private int peek() {
    if (atEnd()) {
      throw refused("ends early");
    }
    return pattern.codePointAt(at);
  }

  private boolean peekIs(char c) {
    return !atEnd() && pattern.charAt(at) == c;
  }

  private boolean peekIs(String text) {
    return pattern.startsWith(text, at);
  }

  private int next() {
    int c = peek();
    at += Character.charCount(c);
    return c;
  }

  private boolean skip(char c) {
    if (peekIs(c)) {
      at++;
      return true;
    }
    return false;
  }

  private Refused refused(String problem) {
    return new Refused(problem + " (at offset " + at + ")");
  }
}
