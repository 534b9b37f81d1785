package dev.flotilla.chat.jinja;

import java.util.List;
import java.util.random.RandomGenerator;

/** Writes random expressions and templates that exercise the whole language. */
final class ExpressionGenerator {
  private static final List<String> ATOMS =
      List.of(
          "0",
          "1",
          "2",
          "-3",
          "7",
          "10",
          "0.5",
          "2.5",
          "-1.25",
          "1e3",
          "1e16",
          "1e-7",
          "true",
          "false",
          "none",
          "''",
          "'a'",
          "'Hello World'",
          "\"it's\"",
          "'a,b,,c'",
          "'  pad '",
          "'ÀÉß'",
          "'😀x'",
          "'line\\nbreak\\n'",
          "'%s=%d'",
          "'{}-{}'",
          "'<b>&'",
          "[]",
          "[1, 2, 3]",
          "[3, 1, 2]",
          "['b', 'A', 'c']",
          "[none, 1]",
          "[[1, 2], [3]]",
          "(1, 2)",
          "(1,)",
          "()",
          "{}",
          "{'a': 1, 'b': [2]}",
          "{1: 'x', none: 2}",
          "missing",
          "s",
          "n",
          "f",
          "xs",
          "d",
          "users",
          "nested",
          "words",
          "123456789012345678901234567890",
          "range(4)",
          "range(5, 0, -2)",
          "namespace(a=1).a",
          "dict(a=1, b=2)");
  private static final List<String> BINARY =
      List.of(
          "+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in",
          "and", "or");
  private static final List<String> POWERS = List.of("0", "1", "2", "3", "0.5", "-1", "2 ** 2");
  private static final List<String> FILTERS =
      List.of(
          "abs",
          "capitalize",
          "center(9)",
          "count",
          "default('D')",
          "default('D', true)",
          "dictsort",
          "dictsort(by='value')",
          "escape",
          "filesizeformat",
          "first",
          "float",
          "float(1.5)",
          "forceescape",
          "indent",
          "indent(2, true)",
          "indent('> ', blank=true)",
          "int",
          "int(9)",
          "int(base=16)",
          "items|list",
          "join",
          "join(', ')",
          "join('-', 'name')",
          "last",
          "length",
          "list",
          "lower",
          "map('upper')|list",
          "map(attribute='name')|list",
          "map(attribute='name', default='?')|list",
          "max",
          "min",
          "reject('odd')|list",
          "rejectattr('age')|list",
          "replace('a', 'XX')",
          "replace('l', 'L', 1)",
          "reverse|list",
          "round",
          "round(1)",
          "round(0, 'floor')",
          "round(1, 'ceil')",
          "safe",
          "select('string')|list",
          "select|list",
          "selectattr('age', '>', 1)|list",
          "selectattr('name')|list",
          "slice(2)|list",
          "batch(2, 0)|list",
          "sort",
          "sort(reverse=true)",
          "sort(attribute='name')",
          "sort(case_sensitive=true)",
          "string",
          "striptags",
          "sum",
          "sum(attribute='age')",
          "title",
          "tojson",
          "tojson(indent=2)",
          "tojson(sort_keys=true)",
          "tojson(separators=(',', ':'))",
          "tojson(ensure_ascii=true)",
          "trim",
          "trim('a ')",
          "truncate(8)",
          "truncate(5, true, '')",
          "unique|list",
          "upper",
          "urlencode",
          "wordcount",
          "xmlattr",
          "groupby('age')",
          "groupby('name', default='z')",
          "attr('name')",
          "e",
          "d(3)",
          "format(1, 2)");
  private static final List<String> TESTS =
      List.of(
          "boolean",
          "callable",
          "defined",
          "divisibleby 2",
          "eq 1",
          "even",
          "false",
          "float",
          "ge 2",
          "in [1, 'a']",
          "integer",
          "iterable",
          "lower",
          "lt 3",
          "mapping",
          "ne none",
          "none",
          "number",
          "odd",
          "sequence",
          "string",
          "true",
          "undefined",
          "upper",
          "sameas none",
          "escaped",
          "filter",
          "equalto('a')");
  private static final List<String> POSTFIXES =
      List.of(
          "[0]",
          "[-1]",
          "['a']",
          "[1:]",
          "[:-1]",
          "[::-1]",
          "[::2]",
          "[1:3]",
          "[5:1:-2]",
          ".a",
          ".name",
          ".items()|list",
          ".keys()|list",
          ".values()|list",
          ".get('a')",
          ".get('z', 7)",
          ".upper()",
          ".lower()",
          ".strip()",
          ".lstrip()",
          ".rstrip('d ')",
          ".split()",
          ".split(',')",
          ".split('l', 1)",
          ".rsplit(None, 1)",
          ".rsplit(',', 1)",
          ".splitlines()",
          ".startswith('a')",
          ".endswith(('d', 'b'))",
          ".replace('a', 'b')",
          ".title()",
          ".capitalize()",
          ".find('l')",
          ".rfind('l')",
          ".count('l')",
          ".count(1)",
          ".index(1)",
          ".index('l')",
          ".join(['x', 'y'])",
          ".zfill(6)",
          ".center(9, '*')",
          ".ljust(7)",
          ".rjust(7, '.')",
          ".isdigit()",
          ".isalpha()",
          ".isalnum()",
          ".isupper()",
          ".islower()",
          ".isspace()",
          ".istitle()",
          ".isnumeric()",
          ".isidentifier()",
          ".swapcase()",
          ".casefold()",
          ".expandtabs()",
          ".partition(',')",
          ".rpartition('l')",
          ".removeprefix('a')",
          ".removesuffix('d')",
          ".format(1, 'x')",
          ".format(a=1)",
          ".append(1)",
          ".__class__",
          ".copy()",
          ".pop('a')",
          ".isprintable()",
          ".isascii()",
          ".encode");
  private static final List<String> FORMATS =
      List.of(
          "'%s' % X",
          "'%r' % X",
          "'%5.2f|' % X",
          "'%d' % X",
          "'%-6s|' % X",
          "'%05d' % X",
          "'%x' % X",
          "'%e' % X",
          "'%g' % X",
          "'%+d' % X",
          "'%(a)s' % X",
          "'%%' % X",
          "'%c' % X",
          "'%s %s' % (X, X)",
          "'%.3s' % X",
          "'{:>8}'.format(X)",
          "'{:*^9}'.format(X)",
          "'{:,}'.format(X)",
          "'{:.2f}'.format(X)",
          "'{:08.3f}'.format(X)",
          "'{:e}'.format(X)",
          "'{:g}'.format(X)",
          "'{:x}'.format(X)",
          "'{:#b}'.format(X)",
          "'{:+}'.format(X)",
          "'{:%}'.format(X)",
          "'{!r}'.format(X)",
          "'{0}{0}'.format(X)",
          "'{a[b]}'.format(a=X)",
          "'{0.a}'.format(X)",
          "'{:{w}}|'.format(X, w=6)",
          "'{:_}'.format(X)",
          "'{:.3}'.format(X)",
          "'{:<5s}|'.format(X)",
          "'{:d}'.format(X)");

  private final RandomGenerator random;

  ExpressionGenerator(RandomGenerator random) {
    this.random = random;
  }

  /** An expression of about {@code depth} levels. */
  String expression(int depth) {
    if (depth <= 0) {
      return pick(ATOMS);
    }
    return switch (random.nextInt(16)) {
      case 0, 1, 2 -> expression(depth - 1) + " " + pick(BINARY) + " " + expression(depth - 1);
      case 3 ->
          "(" + expression(depth - 1) + " " + pick(BINARY) + " " + expression(depth - 1) + ")";
      case 4, 5, 6 -> "(" + expression(depth - 1) + ")|" + pick(FILTERS);
      case 7 -> expression(depth - 1) + "|" + pick(FILTERS);
      case 8 -> expression(depth - 1) + " is " + pick(TESTS);
      case 9 -> expression(depth - 1) + " is not " + pick(TESTS);
      case 10, 11 -> "(" + expression(depth - 1) + ")" + pick(POSTFIXES);
      case 12 ->
          random.nextBoolean()
              // Small exponents only: the reference would compute for hours.
              ? "(" + expression(depth - 1) + ") ** " + pick(POWERS)
              : pick(List.of("not ", "-", "+")) + expression(depth - 1);
      case 13 -> {
        String otherwise = random.nextBoolean() ? " else " + expression(depth - 1) : "";
        yield "(" + expression(depth - 1) + " if " + expression(depth - 1) + otherwise + ")";
      }
      case 14 -> "(" + pick(FORMATS).replace("X", "(" + expression(depth - 1) + ")") + ")";
      default ->
          random.nextBoolean()
              ? "[" + expression(depth - 1) + ", " + expression(depth - 1) + "]"
              : "{'k': " + expression(depth - 1) + "}";
    };
  }

  /** A template of nested statements, with white space and its control at random. */
  String template(int depth) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      out.append(space()).append(statement(depth));
    }
    return out.append(space()).toString();
  }

  private String statement(int depth) {
    int kind = random.nextInt(depth <= 0 ? 4 : 13);
    String name = pick(List.of("x", "y", "s", "loop_x"));
    return switch (kind) {
      case 0 -> "text" + space();
      case 1 -> output(expression(1));
      case 2 -> output(pick(List.of("x", "y", "s", "loop.index", "loop.last", "ns.a", "m(1)")));
      case 3 -> tag("set " + name + " = " + expression(1));
      case 4 ->
          tag("if " + expression(1))
              + template(depth - 1)
              + (random.nextBoolean() ? tag("elif " + pick(ATOMS)) + template(depth - 1) : "")
              + (random.nextBoolean() ? tag("else") + template(depth - 1) : "")
              + tag("endif");
      case 5, 6 ->
          tag(
                  "for "
                      + pick(List.of("x", "y", "x, y"))
                      + " in "
                      + pick(
                          List.of(
                              "xs", "users", "d.items()", "[1, 2]", "[[1, 2], [3, 4]]", "words"))
                      + pick(List.of("", "", " if x", " if loop_x is undefined")))
              + template(depth - 1)
              + pick(List.of("", "", tag("break"), tag("continue")))
              + (random.nextInt(4) == 0 ? tag("else") + template(depth - 1) : "")
              + tag("endfor");
      case 7 -> tag("set " + name) + template(depth - 1) + tag("endset");
      case 8 ->
          tag("macro m(x, y=" + pick(ATOMS) + ")")
              + template(depth - 1)
              + pick(List.of("", "{{ varargs }}", "{{ caller() if caller else '' }}"))
              + tag("endmacro");
      case 9 ->
          tag("filter " + pick(List.of("upper", "trim", "indent(2)")))
              + template(depth - 1)
              + tag("endfilter");
      case 10 -> tag("with " + name + " = " + pick(ATOMS)) + template(depth - 1) + tag("endwith");
      case 11 -> tag("set ns.a = " + expression(1)) + tag("set ns2 = namespace(a=" + name + ")");
      default -> "{#" + sign() + " comment " + sign() + "#}";
    };
  }

  private String tag(String inside) {
    return "{%" + sign() + " " + inside + " " + sign() + "%}";
  }

  private String output(String expression) {
    return "{{" + pick(List.of("", "-")) + " " + expression + " " + pick(List.of("", "-")) + "}}";
  }

  private String sign() {
    return pick(List.of("", "", "", "-", "-", "+"));
  }

  private String space() {
    return pick(List.of("", "", " ", "\n", "\n\n", "  \n  ", "\t", "a\n "));
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
