package dev.flotilla.benchmarks;

import dev.flotilla.chat.jinja.JinjaException;
import dev.flotilla.chat.jinja.JinjaTemplate;
import dev.flotilla.chat.jinja.Limits;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Chat templates over the shared corpus: every case in turn, refusals included, so that the mean is
 * over the corpus. {@code firstRender} starts a JVM for each sample and runs once in it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 10)
@Measurement(iterations = 5, time = 10)
@Fork(1)
public class JinjaBenchmark {

  private record Rendering(JinjaTemplate template, Map<String, @Nullable Object> context) {}

  private final List<String> sources = new ArrayList<>();
  private final List<Rendering> renderings = new ArrayList<>();
  private int next;

  /** Reads the corpus from {@code -Dflotilla.shared}, by default {@code ../shared}. */
  @Setup
  public void readCorpus() throws IOException {
    Path folder =
        Path.of(System.getProperty("flotilla.shared", "../shared"), "data", "chat-templates");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        read(new JsonObject(Files.readString(file)));
      }
    }
  }

  private void read(JsonObject file) {
    String source = file.getString("template");
    sources.add(source);
    JinjaTemplate template = JinjaTemplate.compile(source, Limits.DEFAULT);
    for (Object each : file.getJsonArray("cases")) {
      JsonObject input = ((JsonObject) each).getJsonObject("input");
      Map<String, @Nullable Object> context = new HashMap<>();
      input.forEach(entry -> context.put(entry.getKey(), plain(entry.getValue())));
      context.put("bos_token", file.getValue("bos_token"));
      context.put("eos_token", file.getValue("eos_token"));
      renderings.add(new Rendering(template, context));
    }
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case JsonObject object -> {
        Map<String, @Nullable Object> map = new java.util.LinkedHashMap<>();
        object.forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
        yield map;
      }
      case JsonArray array -> {
        List<@Nullable Object> list = new ArrayList<>();
        array.forEach(item -> list.add(plain(item)));
        yield list;
      }
      case null, default -> value;
    };
  }

  /** Renders the next case of the corpus. */
  @Benchmark
  public void render(Blackhole blackhole) {
    Rendering rendering = renderings.get(next++ % renderings.size());
    try {
      blackhole.consume(rendering.template().render(rendering.context(), Clock.systemUTC()));
    } catch (JinjaException refusal) {
      blackhole.consume(refusal);
    }
  }

  /** Compiles the next template of the corpus. */
  @Benchmark
  public JinjaTemplate compile() {
    return JinjaTemplate.compile(sources.get(next++ % sources.size()), Limits.DEFAULT);
  }

  /** One compilation and rendering in a JVM that has loaded none of the engine's classes. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  @Fork(10)
  public static class Cold {
    private String source = "";

    /** Reads one template, and nothing else. */
    @Setup
    public void readTemplate() throws IOException {
      Path file =
          Path.of(
              System.getProperty("flotilla.shared", "../shared"),
              "data/chat-templates/Qwen-Qwen3-0.6B.json");
      source = new JsonObject(Files.readString(file)).getString("template");
    }

    /** The first prompt of a process. */
    @Benchmark
    public String firstRender() {
      Map<String, Object> message = Map.of("role", "user", "content", "Hello");
      Map<String, Object> context =
          Map.of("messages", List.of(message), "add_generation_prompt", true);
      return JinjaTemplate.compile(source, Limits.DEFAULT).render(context, Clock.systemUTC());
    }
  }
}
