package dev.flotilla.chat.jinja;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The published chat templates of the shared test data, with what the reference renders. */
final class Corpus {

  /** One file. */
  record Entry(String name, String template, Clock clock, List<Case> cases) {}

  /**
   * One rendering: either {@code expected}, or {@code raises} with the reference's kind of error.
   */
  record Case(
      String name,
      Map<String, @Nullable Object> context,
      @Nullable String expected,
      @Nullable String raises,
      @Nullable String raisesKind) {}

  private Corpus() {}

  static List<Entry> read() {
    Path folder = sharedFolder().resolve("data/chat-templates");
    try (Stream<Path> files = Files.list(folder)) {
      List<Entry> entries = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        entries.add(entry(file));
      }
      return entries;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code flotilla.shared}, or the first folder {@code shared} with data beside a parent. */
  private static Path sharedFolder() {
    String override = System.getProperty("flotilla.shared");
    if (override != null) {
      return Path.of(override);
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path shared = folder.resolve("shared");
      if (Files.isDirectory(shared.resolve("data"))) {
        return shared;
      }
    }
    throw new IllegalStateException("no folder shared/data beside the checkout or its parents");
  }

  private static Entry entry(Path file) throws IOException {
    Map<String, @Nullable Object> json = TestJson.parseObject(Files.readString(file));
    LocalDateTime now = LocalDateTime.parse(text(json, "now"));
    Clock clock = Clock.fixed(now.toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    List<Case> cases = new ArrayList<>();
    for (Object each : (List<?>) Objects.requireNonNull(json.get("cases"))) {
      cases.add(testCase(json, (Map<?, ?>) Objects.requireNonNull(each)));
    }
    return new Entry(file.getFileName().toString(), text(json, "template"), clock, cases);
  }

  private static Case testCase(Map<String, @Nullable Object> file, Map<?, ?> json) {
    Map<String, @Nullable Object> context = new LinkedHashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(json.get("input")))
        .forEach((key, value) -> context.put((String) key, value));
    context.put("bos_token", file.get("bos_token"));
    context.put("eos_token", file.get("eos_token"));
    return new Case(
        (String) Objects.requireNonNull(json.get("name")),
        context,
        (String) json.get("expected"),
        (String) json.get("raises"),
        (String) json.get("raises_kind"));
  }

  private static String text(Map<String, @Nullable Object> json, String key) {
    return (String) Objects.requireNonNull(json.get(key), key);
  }
}
