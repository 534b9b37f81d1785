package dev.flotilla.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares random expressions and templates with Python's jinja2, where that is installed. */
class ReferenceTest {
  private static final String CONTEXT =
      """
      {"s": "Some Text", "n": 42, "f": 3.14159, "xs": [5, 3, 9, 1], "d": {"b": 1, "a": "two"},
       "users": [{"name": "Bob", "age": 3}, {"name": "alice", "age": 1}, {"name": "Cy"}],
       "nested": {"a": {"b": [1, {"c": null}]}}, "words": ["the", "Quick", "fox"]}
      """;
  private static final int EXPRESSIONS = 20_000;
  private static final int TEMPLATES = 5_000;

  @TempDir Path folder;

  @Test
  void expressionsYieldWhatTheReferenceYields() throws Exception {
    long seed = Long.getLong("flotilla.seed", 1L);
    System.out.println("ReferenceTest expressions: -Dflotilla.seed=" + seed);
    ExpressionGenerator generator = new ExpressionGenerator(new Random(seed));
    List<String> templates = new ArrayList<>();
    for (int i = 0; i < EXPRESSIONS; i++) {
      templates.add("{{ " + generator.expression(1 + i % 3) + " }}");
    }
    compare(templates);
  }

  @Test
  void templatesRenderAsTheReferenceRendersThem() throws Exception {
    long seed = Long.getLong("flotilla.seed", 1L);
    System.out.println("ReferenceTest templates: -Dflotilla.seed=" + seed);
    ExpressionGenerator generator = new ExpressionGenerator(new Random(seed));
    List<String> templates = new ArrayList<>();
    for (int i = 0; i < TEMPLATES; i++) {
      templates.add("{% set ns = namespace(a=1) %}" + generator.template(1 + i % 3));
    }
    compare(templates);
  }

  private void compare(List<String> templates) throws Exception {
    List<Map<String, @Nullable Object>> answers = askReference(templates);
    Map<String, @Nullable Object> context = TestJson.parseObject(CONTEXT);
    List<String> faults = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < templates.size(); i++) {
      String template = templates.get(i);
      Object expected = answers.get(i).get("text");
      String actual;
      try {
        actual = JinjaTemplate.compile(template, Limits.DEFAULT).render(context, Clock.systemUTC());
      } catch (JinjaException e) {
        boolean isRefusal =
            e.kind() == JinjaException.Kind.UNSUPPORTED
                || e.kind() == JinjaException.Kind.LIMIT
                || isFoldedSlice(e);
        refused += isRefusal ? 1 : 0;
        if (expected != null && !isRefusal) {
          faults.add(template + "\n  expected: " + expected + "\n  actual:   " + e);
        }
        continue;
      }
      if (!actual.equals(expected) && !hasAddress(expected)) {
        Object wanted = expected == null ? answers.get(i) : expected;
        faults.add(template + "\n  expected: " + wanted + "\n  actual:   " + actual);
      }
    }
    System.out.printf(
        "%d of %d as the reference, %d of them refused%n",
        templates.size() - faults.size(), templates.size(), refused);
    assertThat(faults).isEmpty();
    assertThat(refused).isLessThan(templates.size() / 50);
  }

  /**
   * Slicing what cannot be sliced fails, except that the reference's compiler makes it undefined if
   * all of it is constant; no template can want that.
   */
  private static boolean isFoldedSlice(JinjaException e) {
    return e.reason().endsWith("object is not subscriptable")
        || e.reason().equals("unhashable type: 'slice'");
  }

  /** Python prints some objects with their address in memory, and functions with their names. */
  private static boolean hasAddress(@Nullable Object text) {
    return text instanceof String string
        && (string.contains(" at 0x") || string.contains("<class") || string.contains("&lt;"));
  }

  private List<Map<String, @Nullable Object>> askReference(List<String> templates)
      throws IOException, InterruptedException {
    Path script = folder.resolve("reference.py");
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("reference.py"))) {
      Files.copy(in, script);
    }
    assumeTrue(hasReference(), "python3 with jinja2 is not installed: nothing to compare with");
    Path requests = folder.resolve("requests");
    List<String> lines = new ArrayList<>();
    for (String template : templates) {
      lines.add("{\"template\": " + quote(template) + ", \"context\": " + oneLine() + "}");
    }
    Files.write(requests, lines);
    Process python =
        new ProcessBuilder(python(), script.toString())
            .redirectInput(requests.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Map<String, @Nullable Object>> answers = new ArrayList<>();
    try (BufferedReader reader = python.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        answers.add(TestJson.parseObject(line));
      }
    }
    assertThat(python.waitFor()).isZero();
    assertThat(answers).hasSameSizeAs(templates);
    return answers;
  }

  private static boolean hasReference() throws InterruptedException {
    try {
      Process check =
          new ProcessBuilder(python(), "-c", "import jinja2; assert jinja2.__version__ >= '3.1'")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return check.waitFor(30, TimeUnit.SECONDS) && check.exitValue() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }

  private static String python() {
    return Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
  }

  private static String oneLine() {
    return CONTEXT.replace('\n', ' ');
  }

  private static String quote(String text) {
    Operators operators = new Operators(new Budget(Limits.DEFAULT));
    return new Json(true, null, null, null, false, operators).dump(new StringValue(text));
  }
}
