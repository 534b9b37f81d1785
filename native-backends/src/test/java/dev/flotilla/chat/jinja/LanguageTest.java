package dev.flotilla.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The language beyond what published templates use. Every result is the reference's. */
class LanguageTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-05T14:07:09.012345Z"), ZoneOffset.UTC);

  private static String render(String template) {
    return render(template, Map.of());
  }

  private static String render(String template, Map<String, ? extends @Nullable Object> context) {
    return JinjaTemplate.compile(template, Limits.DEFAULT).render(context, CLOCK);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '§',
      textBlock =
          """
          1 + 2 * 3 ** 2                       → 19
          2 ** 3 ** 2                          → 64
          -2 ** 2                              → 4
          -3|abs                               → 3
          not 1 == 2                           → True
          not true and false                   → False
          1 < 2 < 3                            → True
          1 < 3 < 2                            → False
          'a' ~ 1 + 2                          → error
          'a' ~ 1 * 2                          → a2
          1 + 2 ~ 3                            → error
          'x' in 'xyz' and not 'x' in 'abc'    → True
          1 not in [1] or 2 not in [1]         → True
          [1, 2]|length - 1                    → 1
          'a' if false                         → §§
          'a' if false else 'b' if true else 'c' → b
          1 is odd and 2 is even               → True
          3 is divisibleby 3 == true           → True
          4 is not divisibleby(3)              → True
          none is none                         → True
          x is defined                         → False
          (1, 2)[1]                            → 2
          'a' 'b'                              → ab
          1_000 + 0x_ff                        → 1255
          1e3                                  → 1000.0
          [1, 2, 3][::-1]                      → [3, 2, 1]
          'abcdef'[1:-1:2]                     → bd
          {'a': {'b': 1}}.a.b                  → 1
          {'items': 1}.items is callable       → True
          {'items': 1}['items']                → 1
          [[1, 2], [3]].0.1                    → 2
          """)
  void precedenceAndSyntax(String expression, String expected) {
    if (expected.equals("error")) {
      assertThatThrownBy(() -> render("{{ " + expression + " }}"))
          .isInstanceOf(JinjaException.class);
    } else {
      assertThat(render("{{ " + expression + " }}")).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '§',
      textBlock =
          """
          7 // 2, -7 // 2, 7 % -3, -7 % 3      → (3, -4, -2, 2)
          7 / 2, 4 / 2                         → (3.5, 2.0)
          3037000500 * 3037000500, 7 * -1      → (9223372037000250000, -7)
          0 / -9007199254740993, 1 / 3         → (-0.0, 0.3333333333333333)
          1e-323, 2e-323, 1.5e-323             → (1e-323, 2e-323, 1.5e-323)
          -9223372036854775807 - 2, -(-5)|abs  → (-9223372036854775809, 5)
          -7.5 // 2, -7.5 % 2                  → (-4.0, 0.5)
          0.1 + 0.2                            → 0.30000000000000004
          1e16, 1e15, 1e-4, 1e-5               → (1e+16, 1000000000000000.0, 0.0001, 1e-05)
          1e22, 5e-324, -0.0                   → (1e+22, 5e-324, -0.0)
          2 ** 100                             → 1267650600228229401496703205376
          2 ** -1                              → 0.5
          9223372036854775807 + 1              → 9223372036854775808
          1 == 1.0, true == 1, '1' == 1        → (True, True, False)
          true + true                          → 2
          [1, 'a', none, true, 1.0, {'k': (1,)}] → [1, 'a', None, True, 1.0, {'k': (1,)}]
          ["it's", 'say "hi"', "a\\nb\\\\"]     → ["it's", 'say "hi"', 'a\\nb\\\\']
          ['\\x00é\\u200b']                      → ['\\x00é\\u200b']
          {1: 'a', true: 'b'}                  → {1: 'b'}
          {'a': 1} == {'a': 1.0}               → True
          [1, 2] < [1, 3], (1,) < (1, 0)       → (True, True)
          'a' * 3, [0] * 2                     → ('aaa', [0, 0])
          2.675|round(2), 2.5|round, 5|round   → (2.67, 2.0, 5)
          '42.9'|int, 'x'|int(7), '0x1f'|int(0, 16), '1_0'|int → (42, 7, 31, 10)
          '1e3'|float, 'x'|float, ' 2 '|float  → (1000.0, 0.0, 2.0)
          range(3), range(5, 0, -2)|list       → (range(0, 3), [5, 3, 1])
          '%5.1f|%-4s|%03d|%x|%r|%%' % (3.14159, 'ab', 7, 255, 'q') → '  3.1|ab  |007|ff|'q'|%'
          '{:>5}|{:^7}|{:,}|{:.2%}'.format(1, 'mid', 1234567, 0.256) → '    1|  mid  |1,234,567|25.60%'
          """)
  void numbersAndTexts(String expression, String expected) {
    String actual = render("{{ (" + expression + ") }}");
    String wanted = expected;
    if (expected.startsWith("'") && expected.endsWith("'")) {
      wanted = expected.substring(1, expected.length() - 1);
    }
    assertThat(actual).isEqualTo(wanted);
  }

  @Test
  void jsonIsPythons() {
    Map<String, @Nullable Object> value = new HashMap<>();
    value.put(
        "v",
        Arrays.asList(
            "é\u007f\u0001\"\\/<",
            1.0,
            1e16,
            null,
            true,
            new BigInteger("99999999999999999999"),
            Map.of(),
            List.of()));
    assertThat(render("{{ v|tojson }}", value))
        .isEqualTo(
            "[\"é\u007f\\u0001\\\"\\\\/<\", 1.0, 1e+16, null, true, 99999999999999999999, {}, []]");
    assertThat(render("{{ ['é😀']|tojson(ensure_ascii=true) }}"))
        .isEqualTo("[\"\\u00e9\\ud83d\\ude00\"]");
    assertThat(render("{{ {'b': [1, {}], 'a': ()}|tojson(indent=2) }}"))
        .isEqualTo("{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": []\n}");
    assertThat(render("{{ {'b': 1, 'a': 2}|tojson(sort_keys=true, separators=(',', ':')) }}"))
        .isEqualTo("{\"a\":2,\"b\":1}");
    assertThat(render("{{ {1: 1, none: 2, true: 3, 1.5: 4}|tojson }}"))
        .isEqualTo("{\"1\": 3, \"null\": 2, \"1.5\": 4}");
    assertFails("{{ x|tojson }}", Kind.TYPE, "Object of type Undefined is not JSON serializable");
    assertFails(
        "{{ [1]|map('string')|tojson }}",
        Kind.TYPE,
        "Object of type generator is not JSON serializable");
  }

  @Test
  void whiteSpaceControl() {
    assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\n  c\n")).isEqualTo("a\n  b\n  c");
    assertThat(render("a\n  {%+ if true %}b{% endif +%}\n")).isEqualTo("a\n  b");
    assertThat(render("a \n {%- if true -%} \n b \n {%- endif %} c")).isEqualTo("ab c");
    assertThat(render("  {{- 1 -}}  x  {#- note -#}  y  {# n #}\nz")).isEqualTo("1xy  z");
    assertThat(render("  {# n #}\n  z")).isEqualTo("  z");
    assertThat(render("x {% raw %}\n {{ a }} {%- endraw %} y")).isEqualTo("x \n {{ a }} y");
    assertThat(render("{% raw -%}  {% x %}{% endraw -%}  y")).isEqualTo("{% x %}y");
    assertThat(render("a\r\nb\rc\n\n")).isEqualTo("a\nb\nc\n");
    assertThat(render("{{ {'a': {'b': 1}}['a']['b'] }}")).isEqualTo("1");
    assertThat(render("{{ {'a': {}}}}")).isEqualTo("{'a': {}}");
  }

  @Test
  void undefinedIsNotNone() {
    assertThat(render("[{{ x }}|{{ none }}|{{ x|default('d') }}|{{ none|default('d') }}]"))
        .isEqualTo("[|None|d|None]");
    assertThat(render("{{ ''|default('d', true) }}{{ x|length }}{{ x|list }}{{ x == y }}"))
        .isEqualTo("d0[]True");
    assertThat(render("{% for i in x %}{{ i }}{% else %}none{% endfor %}")).isEqualTo("none");
    assertFails("{{ x.y }}", Kind.UNDEFINED, "'x' is undefined");
    assertFails("{{ {}.a.b }}", Kind.UNDEFINED, "'dict object' has no attribute 'a'");
    assertFails("{{ [][0] + 1 }}", Kind.UNDEFINED, "list object has no element 0");
    assertFails("{{ none.a.b }}", Kind.UNDEFINED, "'None' has no attribute 'a'");
    assertFails("{{ x + 1 }}", Kind.UNDEFINED, "'x' is undefined");
    assertFails("{{ x() }}", Kind.UNDEFINED, "'x' is undefined");
  }

  @Test
  void scopes() {
    assertThat(
            render(
                "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 9 %}{{ x }}{% endfor %}{{ x }}"))
        .isEqualTo("19191");
    assertThat(render("{% if true %}{% set x = 1 %}{% endif %}{{ x }}")).isEqualTo("1");
    assertThat(render("{% if false %}{% set x = 1 %}{% endif %}{{ x }}", Map.of("x", 5)))
        .isEqualTo("5");
    assertThat(
            render(
                "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}"))
        .isEqualTo("3");
    assertThat(render("{% macro m() %}{{ x }}{% endmacro %}{% set x = 7 %}{{ m() }}"))
        .isEqualTo("7");
    assertThat(render("{% for i in [1] %}{{ x }}{% endfor %}{% set x = 1 %}", Map.of("x", 5)))
        .isEmpty();
    assertThat(render("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}"))
        .isEqualTo("3False");
    assertThat(
            render("{% set a, b = 1, [2] %}{{ a }}{{ b }}{% set x | upper %}q{% endset %}{{ x }}"))
        .isEqualTo("1[2]Q");
    assertThat(render("{% set x = 1 %}{% block b %}{{ x }}{% endblock %}")).isEqualTo("1");
  }

  @Test
  void loops() {
    assertThat(
            render(
                "{% for a, b in {'x': 1, 'y': 2}.items() %}{{ loop.index }}{{ a }}{{ b }}"
                    + "{{ '' if loop.last else ',' }}{% endfor %}"))
        .isEqualTo("1x1,2y2");
    assertThat(
            render(
                "{% for i in range(9) if i % 2 %}{{ loop.index0 }}{{ i }}{{ loop.length }}"
                    + "{{ loop.nextitem }} {% if i == 5 %}{% break %}{% endif %}{% endfor %}"))
        .isEqualTo("0143 1345 2547 ");
    assertThat(render("{% for i in [1] %}{% continue %}{% else %}e{% endfor %}")).isEqualTo("e");
    assertThat(
            render(
                "{% for i in [1, [2, [3]]] recursive %}"
                    + "{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}@{{ loop.depth }}{% endif %}{% endfor %}"))
        .isEqualTo("1@1(2@2(3@3))");
    assertThat(
            render("{% for i in 'aab' %}{{ loop.changed(i) }}{{ loop.cycle(1, 2) }}{% endfor %}"))
        .isEqualTo("True1False2True1");
    assertFails(
        "{% for a, b in [[1]] %}{% endfor %}",
        Kind.VALUE, "not enough values to unpack (expected 2, got 1)");
    assertFails("{% break %}", Kind.SYNTAX, "'break' outside loop");
  }

  @Test
  void macros() {
    assertThat(
            render(
                "{% macro m(a, b=a, c='z') %}{{ a }}{{ b }}{{ c }}{{ varargs }}{{ kwargs }}{% endmacro %}"
                    + "{{ m(1) }}{{ m(1, 2, 3, 4, k=5) }}{{ m(c=1) }}"))
        .isEqualTo("11z(){}123(4,){'k': 5}1(){}");
    assertThat(
            render(
                "{% macro m() %}<{{ caller(1) }}>{% endmacro %}"
                    + "{% call(x) m() %}c{{ x }}{% endcall %}"))
        .isEqualTo("<c1>");
    assertThat(render("{% generation %}a{% set x = 1 %}{% endgeneration %}{{ x is defined }}"))
        .isEqualTo("aFalse");
    assertFails(
        "{% macro m() %}{% endmacro %}{{ m(1) }}",
        Kind.TYPE, "macro 'm' takes not more than 0 argument(s)");
  }

  @Test
  void theSandboxRefusesChangesAndInternals() {
    assertFails(
        "{{ [].append(1) }}",
        Kind.SECURITY,
        "access to attribute 'append' of 'list' object is unsafe.");
    assertFails(
        "{{ {}.update({}) }}",
        Kind.SECURITY,
        "access to attribute 'update' of 'dict' object is unsafe.");
    assertThat(render("{{ [].append }}{{ ''.__class__ }}")).isEmpty();
    assertFails(
        "{{ ''.__class__.__mro__ }}",
        Kind.SECURITY,
        "access to attribute '__class__' of 'str' object is unsafe.");
    assertFails(
        "{{ '{0.__class__.x}'.format(1) }}",
        Kind.SECURITY,
        "access to attribute '__class__' of 'int' object is unsafe.");
    assertThat(render("{{ s }}", Map.of("s", "{{ 7 * 7 }}{% raw %}")))
        .isEqualTo("{{ 7 * 7 }}{% raw %}");
  }

  @Test
  void markupEscapesWhatItMeets() {
    assertThat(render("{{ '<'|e }}{{ '<'|safe + '<' }}{{ '<' + '<'|safe }}{{ '<'|e|e }}"))
        .isEqualTo("&lt;<&lt;&lt;<&lt;");
    assertThat(render("{{ '%s'|safe % '<' }}{{ '{}'|safe|attr('format') is callable }}"))
        .isEqualTo("&lt;True");
    assertThat(render("{{ ['<'|safe, '<']|join }}{{ '<'|safe ~ '<' }}")).isEqualTo("<<<<");
  }

  @Test
  void sortingFollowsPython() {
    assertThat(render("{{ ['b', 'A', 'c']|sort }}{{ ['b', 'A']|sort(case_sensitive=true) }}"))
        .isEqualTo("['A', 'b', 'c']['A', 'b']");
    assertThat(
            render(
                "{{ [{'n': 2, 'k': 1}, {'n': 1, 'k': 1}]|sort(attribute='k,n')|map(attribute='n')|list }}"))
        .isEqualTo("[1, 2]");
    assertThat(render("{{ {'b': 1, 'A': 2}|dictsort }}")).isEqualTo("[('A', 2), ('b', 1)]");
    assertFails(
        "{{ [1, 'a']|sort }}", Kind.TYPE, "'<' not supported between instances of 'str' and 'int'");
  }

  @Test
  void theClockIsTheCallers() {
    assertThat(
            render("{{ strftime_now('%Y-%m-%d %H:%M:%S %d %b %B %a %A %-d %e %I %p %j %y %%') }}"))
        .isEqualTo("2026-03-05 14:07:09 05 Mar March Thu Thursday 5  5 02 PM 064 26 %");
  }

  @Test
  void failuresNameTheirPlace() {
    assertThatThrownBy(() -> render("line one\n  {{ 1 + missing.x }}"))
        .isInstanceOfSatisfying(
            JinjaException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.UNDEFINED);
              assertThat(e.line()).isEqualTo(2);
              assertThat(e.column()).isEqualTo(10);
              assertThat(e.expression()).isEqualTo("missing.x");
            });
    assertFails("{{ raise_exception('No: ' ~ 1) }}", Kind.RAISED, "No: 1");
    assertFails("{{ 1|nope }}", Kind.RUNTIME, "No filter named 'nope'.");
    assertFails(
        "{% if true %}{{ 1|nope }}{% endif %}", Kind.RUNTIME, "No filter named 'nope' found.");
    assertThat(render("{% if false %}{{ 1|nope }}{% endif %}")).isEmpty();
    assertFails("{% nope %}", Kind.SYNTAX, "Encountered unknown tag 'nope'.");
    assertFails("{{ 1 }", Kind.SYNTAX, "unexpected '}'");
    assertFails(
        "{% include 'x' %}",
        Kind.UNSUPPORTED, "'include' needs another template, and chat templates have none");
    assertFails("{{ 1 // 0 }}", Kind.VALUE, "integer division or modulo by zero");
  }

  @Test
  void limitsHold() {
    assertLimit("{{ range(100001) }}");
    assertLimit("{{ 'a' * 100000000 }}");
    assertLimit("{{ 9 ** 99999999 }}");
    assertLimit("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}");
    assertLimit("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
    assertLimit("{{ " + "(".repeat(10_000) + "1" + ")".repeat(10_000) + " }}");
    assertLimit("{{ 1" + " + 1".repeat(10_000) + " }}");
    assertLimit("{% if 1 %}".repeat(10_000));
    assertLimit("{{ " + "not ".repeat(10_000) + "1 }}");
    assertLimit(
        "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}");
    assertLimit(
        "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}");
    assertLimit(
        "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = ns.x|map('upper') %}{% endfor %}");
    assertLimit(
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}");
    assertLimit("{{ '%999999999d' % 1 }}");
    assertLimit("{{ '{:999999999}'.format(1) }}");
  }

  private static void assertLimit(String template) {
    assertThatThrownBy(() -> render(template))
        .isInstanceOfSatisfying(
            JinjaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT));
  }

  private static void assertFails(String template, Kind kind, String reason) {
    assertThatThrownBy(() -> render(template))
        .isInstanceOfSatisfying(
            JinjaException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.line()).isPositive();
            });
  }
}
