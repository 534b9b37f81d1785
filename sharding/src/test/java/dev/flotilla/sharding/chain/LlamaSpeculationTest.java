package dev.flotilla.sharding.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingBuilder;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.engine.llama.NativeTests;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.link.ActivationType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guessed tokens of a real model in several stages: its answers are those without guesses. */
@Timeout(120)
class LlamaSpeculationTest {
  private static final int LAYERS = 5;
  private static final long TRIP_NANOS = 30_000_000;
  private static final String PROMPT =
      "Lily saw a big dog. The dog was happy. Lily saw a big dog. The dog was happy. Lily saw a";
  private static final String COUNTING =
      "root ::= (\"one two three, \" | \"one two four, \"){8} \"end\"";

  private final Path source = SharedFiles.require("models/stories260K.gguf");
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void answersAreThoseWithoutGuesses(int stages) throws Exception {
    List<SessionRequest> requests = requests();
    RecordingSink plain = new RecordingSink();
    try (Stage whole = NativeTests.stage(options(source))) {
      BatchScheduler scheduler =
          new BatchScheduler(new LocalChain(whole), options(source), plain, System::nanoTime);
      for (int i = 0; i < requests.size(); i++) {
        scheduler.open(i, requests.get(i), tokens(whole, requests.get(i)), 10_000);
        while (!scheduler.runnableSessions().isEmpty()) {
          scheduler.step();
        }
      }
    }
    RecordingSink guessing = new RecordingSink();
    AtomicLong clock = new AtomicLong();
    try (TestingChain chain =
        new TestingChain(
            layers -> slowed(layers, clock),
            cut(stages),
            ActivationType.F32,
            options(source),
            guessing,
            clock::get)) {
      for (int i = 0; i < requests.size(); i++) {
        ChainFigures before = chain.chain().figures();
        int[] prompt = chain.chain().vocabulary().tokenize(PROMPT, true, false);
        chain.scheduler().open(i, requests.get(i), prompt, 10_000);
        chain.runAll();
        ChainFigures after = chain.chain().figures();
        assertThat(after.draftedTokens())
            .as("drafted in %s", requests.get(i))
            .isGreaterThan(before.draftedTokens());
      }
      ChainFigures figures = chain.chain().figures();
      assertThat(figures.acceptedTokens()).isBetween(1L, figures.draftedTokens() - 1);
    }
    for (int i = 0; i < requests.size(); i++) {
      assertSame(guessing, plain, i, requests.get(i));
    }
  }

  private static void assertSame(
      RecordingSink guessing, RecordingSink plain, long session, SessionRequest request) {
    List<Generated> events = generated(guessing, session);
    List<Generated> expected = generated(plain, session);
    assertThat(events)
        .as("%s", request)
        .extracting(Generated::text)
        .containsExactlyElementsOf(expected.stream().map(Generated::text).toList());
    assertThat(events)
        .extracting(Generated::tokens)
        .containsExactlyElementsOf(expected.stream().map(Generated::tokens).toList());
    assertThat(guessing.finished(session).reason()).isEqualTo(plain.finished(session).reason());
    List<TokenLogprob> logprobs = logprobs(events);
    List<TokenLogprob> expectedLogprobs = logprobs(expected);
    assertThat(logprobs).hasSameSizeAs(expectedLogprobs);
    for (int i = 0; i < logprobs.size(); i++) {
      assertThat(logprobs.get(i).chosen().id()).isEqualTo(expectedLogprobs.get(i).chosen().id());
      // Of the same logits, but for the rounding of an f16 cache in batches of other shapes.
      assertThat(logprobs.get(i).chosen().logprob())
          .isCloseTo(expectedLogprobs.get(i).chosen().logprob(), within(0.01f));
    }
  }

  private static List<Generated> generated(RecordingSink sink, long session) {
    List<Generated> events = new ArrayList<>();
    sink.events(session)
        .forEach(event -> {
          if (event instanceof Generated generated) {
            events.add(generated);
          }
        });
    return events;
  }

  private static List<TokenLogprob> logprobs(List<Generated> events) {
    return events.stream().flatMap(event -> event.logprobs().stream()).toList();
  }

  private static List<SessionRequest> requests() {
    return List.of(
        request(SamplingOptions.GREEDY, 120),
        request(drawn(0.7f, 1, 0), 120),
        request(drawn(0.8f, 1.2f, 0.4f), 120),
        request(SamplingBuilder.from(drawn(0.5f, 1, 0)).logprobs(3).build(), 60),
        request(SamplingBuilder.from(SamplingOptions.GREEDY).grammar(COUNTING).build(), 120),
        request(SamplingBuilder.from(drawn(1, 1.1f, 0)).grammar(COUNTING).logprobs(0).build(), 120),
        request(SamplingOptions.GREEDY, 120, "dog was happy. L", "never"));
  }

  private static SamplingOptions drawn(float temperature, float repeatPenalty, float frequency) {
    return new SamplingOptions(
        temperature,
        40,
        0.95f,
        0.05f,
        1,
        repeatPenalty,
        64,
        frequency,
        0,
        Map.of(),
        11,
        Optional.empty(),
        Optional.empty(),
        false,
        -1);
  }

  private static SessionRequest request(SamplingOptions sampling, int maxTokens, String... stops) {
    return new SessionRequest(
        new Prompt.Text(PROMPT, true, false),
        sampling,
        new StopConditions(maxTokens, List.of(stops)),
        true,
        false);
  }

  private static int[] tokens(Stage stage, SessionRequest request) {
    return stage.vocabulary().tokenize(((Prompt.Text) request.prompt()).text(), true, false);
  }

  /** A stage whose trips take long by a clock of its own. */
  private Stage slowed(LayerRange layers, AtomicLong clock) {
    return new WatchedStage(
        NativeTests.stage(options(slice(layers))),
        (stage, _) -> clock.addAndGet(stage.last() ? TRIP_NANOS : 0));
  }

  private Path slice(LayerRange layers) {
    Path file = folder.resolve("layers-%d-%d.gguf".formatted(layers.from(), layers.to()));
    if (!Files.exists(file)) {
      try {
        GgufModel model = GgufModel.read(source);
        LayerSlicer.write(LayerSlicer.plan(model, layers), model, file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file;
  }

  private static List<LayerRange> cut(int stages) {
    List<LayerRange> cut = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      cut.add(new LayerRange(LAYERS * stage / stages, LAYERS * (stage + 1) / stages));
    }
    return cut;
  }

  private static EngineOptions options(Path file) {
    return EngineOptionsBuilder.of(file, 512).slots(2).batchTokens(128).speculation(true).build();
  }
}
