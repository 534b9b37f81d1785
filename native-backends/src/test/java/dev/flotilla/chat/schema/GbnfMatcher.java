package dev.flotilla.chat.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * A plain reader of GBNF, as llama.cpp defines it: tells whether a text matches, and makes texts
 * that do. Much too slow for anything but short texts.
 */
public final class GbnfMatcher {
  private final Map<String, Node> rules = new HashMap<>();
  private final String source;
  private int at;

  /** The end positions that a node reaches from a position. */
  private sealed interface Node {}

  private record Text(String text) implements Node {}

  private record Chars(boolean negated, List<int[]> ranges) implements Node {
    boolean contains(int codePoint) {
      boolean inside =
          ranges.stream().anyMatch(range -> range[0] <= codePoint && codePoint <= range[1]);
      return inside != negated;
    }
  }

  private record Many(List<Node> nodes) implements Node {}

  private record Either(List<Node> nodes) implements Node {}

  private record Times(Node node, int least, int most) implements Node {}

  private record Name(String name) implements Node {}

  private record Place(String rule, int position) {}

  /** Reads a grammar. */
  public GbnfMatcher(String source) {
    this.source = source;
    while (at < source.length()) {
      String name = name();
      expect(" ::= ");
      rules.put(name, either());
      expect("\n");
    }
    Set<String> named = new HashSet<>();
    rules.values().forEach(node -> names(node, named));
    if (!rules.keySet().containsAll(named)) {
      named.removeAll(rules.keySet());
      throw new IllegalArgumentException("rules are missing: " + named);
    }
  }

  /** Whether all of a text matches the rule {@code root}. */
  public boolean matches(String text) {
    return ends(new Name("root"), 0, text, new HashMap<>()).contains(text.length());
  }

  private Set<Integer> ends(Node node, int from, String text, Map<Place, Set<Integer>> known) {
    return switch (node) {
      case Text(String literal) ->
          text.startsWith(literal, from) ? Set.of(from + literal.length()) : Set.of();
      case Chars chars ->
          from < text.length() && chars.contains(text.codePointAt(from))
              ? Set.of(from + Character.charCount(text.codePointAt(from)))
              : Set.of();
      case Many(List<Node> nodes) -> {
        Set<Integer> reached = Set.of(from);
        for (Node each : nodes) {
          reached = step(each, reached, text, known);
        }
        yield reached;
      }
      case Either(List<Node> nodes) -> {
        Set<Integer> reached = new HashSet<>();
        nodes.forEach(each -> reached.addAll(ends(each, from, text, known)));
        yield reached;
      }
      case Times(Node each, int least, int most) -> times(each, least, most, from, text, known);
      case Name(String name) -> {
        Place place = new Place(name, from);
        Set<Integer> before = known.get(place);
        if (before == null) {
          before = ends(rule(name), from, text, known);
          known.put(place, before);
        }
        yield before;
      }
    };
  }

  private Set<Integer> step(
      Node node, Set<Integer> from, String text, Map<Place, Set<Integer>> known) {
    Set<Integer> reached = new HashSet<>();
    from.forEach(each -> reached.addAll(ends(node, each, text, known)));
    return reached;
  }

  private Set<Integer> times(
      Node node, int least, int most, int from, String text, Map<Place, Set<Integer>> known) {
    Set<Integer> reached = Set.of(from);
    Set<Integer> all = new HashSet<>();
    for (int count = 0; !reached.isEmpty(); count++) {
      if ((count >= least && !all.addAll(reached)) || count == most) {
        break;
      }
      reached = step(node, reached, text, known);
    }
    return all;
  }

  /** A text that matches; {@code depth} is how deep rules nest before it takes short ways. */
  public String sample(Random random, int depth) {
    StringBuilder out = new StringBuilder();
    sample(new Name("root"), random, depth, out);
    return out.toString();
  }

  private void sample(Node node, Random random, int depth, StringBuilder out) {
    switch (node) {
      case Text(String literal) -> out.append(literal);
      case Chars chars -> out.appendCodePoint(one(chars, random));
      case Many(List<Node> nodes) -> nodes.forEach(each -> sample(each, random, depth, out));
      case Either(List<Node> nodes) -> {
        Node chosen = nodes.get(random.nextInt(nodes.size()));
        if (depth < 0) {
          int shortest = Integer.MAX_VALUE;
          for (Node each : nodes) {
            int length = least(each, 40);
            if (length < shortest) {
              shortest = length;
              chosen = each;
            }
          }
        }
        sample(chosen, random, depth, out);
      }
      case Times(Node each, int least, int most) -> {
        int count = depth < 0 ? least : least + random.nextInt(Math.min(most - least, 4) + 1);
        for (int i = 0; i < count; i++) {
          sample(each, random, depth, out);
        }
      }
      case Name(String name) -> sample(rule(name), random, depth - 1, out);
    }
  }

  /** The fewest characters, looked for so many rules deep. */
  private int least(Node node, int depth) {
    if (depth == 0) {
      return 1_000_000;
    }
    return switch (node) {
      case Text(String literal) -> literal.length();
      case Chars _ -> 1;
      case Many(List<Node> nodes) -> {
        int sum = 0;
        for (Node each : nodes) {
          sum = Math.min(1_000_000, sum + least(each, depth));
        }
        yield sum;
      }
      case Either(List<Node> nodes) -> {
        int shortest = 1_000_000;
        for (Node each : nodes) {
          shortest = Math.min(shortest, least(each, depth));
        }
        yield shortest;
      }
      case Times(Node each, int least, _) ->
          least == 0 ? 0 : Math.min(1_000_000, least * least(each, depth));
      case Name(String name) -> least(rule(name), depth - 1);
    };
  }

  private static int one(Chars chars, Random random) {
    int[] range = chars.ranges().get(random.nextInt(chars.ranges().size()));
    int last = random.nextInt(10) > 0 ? Math.min(range[1], Math.max(range[0], 0x17F)) : range[1];
    return range[0] + random.nextInt(last - range[0] + 1);
  }

  private static void names(Node node, Set<String> names) {
    switch (node) {
      case Text _, Chars _ -> {}
      case Many(List<Node> nodes) -> nodes.forEach(each -> names(each, names));
      case Either(List<Node> nodes) -> nodes.forEach(each -> names(each, names));
      case Times(Node each, _, _) -> names(each, names);
      case Name(String name) -> names.add(name);
    }
  }

  private Node either() {
    List<Node> options = new ArrayList<>();
    options.add(many());
    while (skip("| ")) {
      options.add(many());
    }
    return options.size() == 1 ? options.getFirst() : new Either(options);
  }

  private Node many() {
    List<Node> nodes = new ArrayList<>();
    while (at < source.length() && "|)\n".indexOf(source.charAt(at)) < 0) {
      nodes.add(counted(single()));
      skip(" ");
    }
    return nodes.size() == 1 ? nodes.getFirst() : new Many(nodes);
  }

  private Node counted(Node node) {
    if (skip("*")) {
      return new Times(node, 0, Integer.MAX_VALUE);
    }
    if (skip("+")) {
      return new Times(node, 1, Integer.MAX_VALUE);
    }
    if (skip("?")) {
      return new Times(node, 0, 1);
    }
    if (!skip("{")) {
      return node;
    }
    int least = number();
    int most = skip(",") ? number() : least;
    expect("}");
    if (most > 2_000) {
      throw new IllegalArgumentException("llama.cpp forgets counts above 2,000");
    }
    return new Times(node, least, most);
  }

  private Node single() {
    if (skip("(")) {
      Node inner = either();
      expect(")");
      return inner;
    }
    if (skip("\"")) {
      StringBuilder text = new StringBuilder();
      while (!skip("\"")) {
        text.appendCodePoint(character());
      }
      return new Text(text.toString());
    }
    return skip("[") ? characters() : new Name(name());
  }

  private Chars characters() {
    boolean negated = skip("^");
    List<int[]> ranges = new ArrayList<>();
    while (!skip("]")) {
      int first = character();
      ranges.add(new int[] {first, skip("-") ? character() : first});
    }
    return new Chars(negated, ranges);
  }

  private int character() {
    if (!skip("\\")) {
      int c = source.codePointAt(at);
      at += Character.charCount(c);
      return c;
    }
    char kind = source.charAt(at++);
    return switch (kind) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case '\\', '"', '[', ']', '-' -> kind;
      default -> throw new IllegalArgumentException("unknown escape \\" + kind);
    };
  }

  private int hex(int digits) {
    int value = Integer.parseInt(source.substring(at, at + digits), 16);
    at += digits;
    return value;
  }

  private int number() {
    int start = at;
    while (Character.isDigit(source.charAt(at))) {
      at++;
    }
    return Integer.parseInt(source.substring(start, at));
  }

  private Node rule(String name) {
    return Objects.requireNonNull(rules.get(name));
  }

  private String name() {
    int start = at;
    while (Character.isLetterOrDigit(source.charAt(at)) || source.charAt(at) == '-') {
      at++;
    }
    if (at == start) {
      throw new IllegalArgumentException("no name at " + at + ": " + source.substring(at));
    }
    return source.substring(start, at);
  }

  private boolean skip(String text) {
    boolean there = source.startsWith(text, at);
    at += there ? text.length() : 0;
    return there;
  }

  private void expect(String text) {
    if (!skip(text)) {
      throw new IllegalArgumentException(
          "no '" + text + "' at " + at + ": " + source.substring(at));
    }
  }
}
