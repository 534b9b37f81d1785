package dev.flotilla.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Damaged templates and damaged inputs either render or fail with the typed exception. */
class MutationTest {
  private static final int MUTANTS = 100_000;
  private static final List<String> PIECES =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "-",
          "(",
          ")",
          "[",
          "]",
          "|",
          ".",
          "'",
          "\\",
          " in ",
          " not ",
          " is ",
          " if ",
          " else ",
          " for ",
          "loop",
          "~",
          "**",
          "*",
          "//",
          "%",
          ":",
          ",",
          "=",
          "9999999999",
          "range(99999)",
          "[::-1]",
          "{% endfor %}",
          "{% endif %}",
          "{% set x = ",
          "{% macro m() %}",
          "{{ m() }}",
          "|list",
          "|tojson",
          "|map('upper')",
          "|sort",
          "|join",
          ".items()",
          ".split('')",
          "{% for i in range(9999) %}",
          "messages",
          "namespace(",
          "\n");

  @Test
  void nothingButTheTypedExceptionEscapes() {
    long seed = Long.getLong("flotilla.seed", 1L);
    System.out.println("MutationTest: -Dflotilla.seed=" + seed);
    Random random = new Random(seed);
    List<Corpus.Entry> corpus = Corpus.read();
    Map<JinjaException.Kind, Integer> failures = new LinkedHashMap<>();
    int rendered = 0;
    long slowestNanos = 0;
    for (int i = 0; i < MUTANTS; i++) {
      Corpus.Entry entry = corpus.get(random.nextInt(corpus.size()));
      Corpus.Case example = entry.cases().get(random.nextInt(entry.cases().size()));
      boolean damagesInput = random.nextInt(4) == 0;
      String template = damagesInput ? entry.template() : damaged(entry.template(), random);
      Map<String, @Nullable Object> context = new LinkedHashMap<>();
      example
          .context()
          .forEach((key, value) -> context.put(key, damagesInput ? damaged(value, random) : value));
      long start = System.nanoTime();
      try {
        JinjaTemplate.compile(template, Limits.DEFAULT).render(context, entry.clock());
        rendered++;
      } catch (JinjaException e) {
        failures.merge(e.kind(), 1, Integer::sum);
      }
      slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
    }
    int failed = failures.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "%d mutants: %d rendered, failures %s, slowest %d ms%n",
        MUTANTS, rendered, failures, slowestNanos / 1_000_000);
    assertThat(rendered + failed).isEqualTo(MUTANTS);
    assertThat(failures).containsKeys(JinjaException.Kind.SYNTAX, JinjaException.Kind.TYPE);
  }

  private static String damaged(String template, Random random) {
    StringBuilder text = new StringBuilder(template);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(1, 12));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        default -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
      }
    }
    return text.toString();
  }

  private static @Nullable Object damaged(@Nullable Object value, Random random) {
    if (random.nextInt(8) == 0) {
      return switch (random.nextInt(8)) {
        case 0 -> null;
        case 1 -> -1L;
        case 2 -> "{{ 1 }}\ud800";
        case 3 -> List.of();
        case 4 -> Map.of("role", 1L, "content", List.of("x"));
        case 5 -> Double.NaN;
        case 6 -> true;
        default -> nested(random.nextInt(300));
      };
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(item -> copy.add(damaged(item, random)));
      return copy;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
      map.forEach((key, item) -> copy.put(key, damaged(item, random)));
      return copy;
    }
    return value;
  }

  private static Object nested(int depth) {
    Object value = "deep";
    for (int i = 0; i < depth; i++) {
      value = List.of(value);
    }
    return value;
  }
}
