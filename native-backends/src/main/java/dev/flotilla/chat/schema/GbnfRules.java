package dev.flotilla.chat.schema;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The rules of one grammar as they are collected, and their text in llama.cpp's GBNF. Equal rules
 * become one. Confined to one thread.
 */
public final class GbnfRules {

  /** The most rules of a grammar. */
  static final int MAX_RULES = 20_000;

  /**
   * The most repetitions of a grammar, all counted: llama.cpp writes each out as a rule of its own.
   */
  static final int MAX_REPETITIONS = 50_000;

  /** Repetitions that are written as one; llama.cpp refuses, or forgets, counts above 2,000. */
  private static final int CHUNK = 1_000;

  private static final int MAX_NAME_CHARS = 40;

  private final Map<String, String> bodies = new LinkedHashMap<>();
  private final Map<String, Gbnf.Rule> byBody = new HashMap<>();
  private int repetitions;

  /**
   * A rule of this expression.
   *
   * @param hint what the rule is for; its name is made of it
   */
  public Gbnf.Rule define(String hint, Gbnf body) {
    String text = text(body);
    Gbnf.Rule known = byBody.get(text);
    return known != null ? known : add(text, reserve(hint));
  }

  /** A rule that {@link #fill} gives its body later: for what refers to itself. */
  Gbnf.Rule reserve(String hint) {
    if (bodies.size() >= MAX_RULES) {
      throw tooLarge("more than " + MAX_RULES + " rules");
    }
    String base = hint.replaceAll("[^a-zA-Z0-9]+", "-");
    base = base.length() > MAX_NAME_CHARS ? base.substring(0, MAX_NAME_CHARS) : base;
    String name = base;
    for (int i = 2; bodies.containsKey(name); i++) {
      name = base + "-" + i;
    }
    bodies.put(name, "");
    return new Gbnf.Rule(name);
  }

  void fill(Gbnf.Rule reserved, Gbnf body) {
    bodies.put(reserved.name(), text(body));
  }

  private Gbnf.Rule add(String text, Gbnf.Rule rule) {
    bodies.put(rule.name(), text);
    byBody.put(text, rule);
    return rule;
  }

  /** The grammar whose answers match {@code root}. */
  public String grammar(Gbnf root) {
    String start = "root ::= " + text(root) + "\n";
    return bodies.entrySet().stream()
        .map(rule -> rule.getKey() + " ::= " + rule.getValue() + "\n")
        .collect(Collectors.joining("", start, ""));
  }

  private String text(Gbnf expression) {
    return switch (expression) {
      case Gbnf.Literal(String text) -> quoted(text);
      case Gbnf.Chars(CodePoints set) -> characterClass(set);
      case Gbnf.Sequence(List<Gbnf> parts) -> sequence(parts);
      case Gbnf.Choice(List<Gbnf> options) ->
          options.stream().map(this::text).collect(Collectors.joining(" | "));
      case Gbnf.Repeat repeat -> repeat(repeat);
      case Gbnf.Rule(String name) -> name;
    };
  }

  private String sequence(List<Gbnf> parts) {
    return parts.isEmpty()
        ? "\"\""
        : parts.stream()
            .map(part -> part instanceof Gbnf.Choice ? "(" + text(part) + ")" : text(part))
            .collect(Collectors.joining(" "));
  }

  private String repeat(Gbnf.Repeat repeat) {
    Gbnf unit = unit(repeat.unit());
    int least = repeat.least();
    int most = repeat.most();
    if (most == Gbnf.UNBOUNDED) {
      return switch (least) {
        case 0 -> text(unit) + "*";
        case 1 -> text(unit) + "+";
        default -> exactly(unit, least) + " " + text(unit) + "*";
      };
    }
    if (most <= 1) {
      return most == 0 ? "\"\"" : least == 1 ? text(unit) : text(unit) + "?";
    }
    String first = least == 0 ? "" : exactly(unit, least);
    String rest = most == least ? "" : upTo(unit, most - least);
    return first + (first.isEmpty() || rest.isEmpty() ? "" : " ") + rest;
  }

  /** What a repetition sign can follow: a group would count as many rules as it holds. */
  private Gbnf unit(Gbnf unit) {
    return switch (unit) {
      case Gbnf.Literal _, Gbnf.Chars _, Gbnf.Rule _ -> unit;
      case Gbnf.Sequence _, Gbnf.Choice _, Gbnf.Repeat _ -> define("part", unit);
    };
  }

  private String exactly(Gbnf unit, int times) {
    if (times <= CHUNK) {
      return text(shared(text(unit) + "{" + times + "}", times));
    }
    String chunks = exactly(shared(text(unit) + "{" + CHUNK + "}", CHUNK), times / CHUNK);
    return times % CHUNK == 0 ? chunks : chunks + " " + exactly(unit, times % CHUNK);
  }

  /** Whole chunks first, then less than one: no text has two derivations. */
  private String upTo(Gbnf unit, int times) {
    if (times < CHUNK) {
      return times == 0 ? "\"\"" : text(shared(text(unit) + "{0," + times + "}", times));
    }
    String more = exactly(unit, CHUNK) + " " + upTo(unit, times - CHUNK);
    return text(shared(more + " | " + upTo(unit, CHUNK - 1), 1));
  }

  private Gbnf.Rule shared(String body, int times) {
    Gbnf.Rule known = byBody.get(body);
    if (known != null) {
      return known;
    }
    repetitions += times;
    if (repetitions > MAX_REPETITIONS) {
      throw tooLarge("more than " + MAX_REPETITIONS + " bounded repetitions");
    }
    return add(body, reserve("times"));
  }

  private static ChatException tooLarge(String what) {
    return new ChatException(ChatFailure.SCHEMA, "the schema is too large: it needs " + what);
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints().forEach(c -> out.append(c == '-' ? "-" : escaped(c)));
    return out.append('"').toString();
  }

  private static String characterClass(CodePoints set) {
    StringBuilder out = new StringBuilder("[");
    for (CodePoints.Range range : set.ranges()) {
      out.append(escaped(range.first()));
      if (range.last() > range.first()) {
        out.append('-').append(escaped(range.last()));
      }
    }
    return out.append(']').toString();
  }

  private static String escaped(int codePoint) {
    return switch (codePoint) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\\', '"', '[', ']', '-' -> "\\" + (char) codePoint;
      default ->
          codePoint > 0xFFFF
              ? String.format("\\U%08X", codePoint)
              : codePoint > 0x7E
                  ? String.format("\\u%04X", codePoint)
                  : codePoint < 0x20 || codePoint == '^'
                      ? String.format("\\x%02X", codePoint)
                      : Character.toString(codePoint);
    };
  }
}
