package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Target;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What an answer in progress keeps of its rate while somebody else's long prompt is read. */
@Command(
    name = "stall",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure what a prompt of 2,000 tokens costs an answer in progress.")
final class PromptStall implements Callable<Integer> {

  private static final int SLOTS = 2;
  private static final int PROMPT_TOKENS = 2000;

  /** Ids of words in the models' vocabularies: no control tokens, no bytes. */
  private static final int FIRST_WORD = 300;

  private static final int LAST_WORD = 500;

  /** Events until the rate is settled, and over which it is then taken. */
  private static final int SETTLED = 16;

  private static final int BEFORE = 48;

  @Mixin private WorkOptions work = new WorkOptions();
  @Mixin private ServerOptions options = new ServerOptions();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often, both servers in turn. [${DEFAULT-VALUE}]")
  private int repetitions;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonObject results = new JsonObject();
    for (BenchmarkModel model : options.models()) {
      results.put(model.toString(), measure(model));
      Files.writeString(options.json(), results.encodePrettily());
    }
    return 0;
  }

  private JsonArray measure(BenchmarkModel model) throws IOException, InterruptedException {
    Path file = ForgeModels.require(model, work);
    JsonArray results = new JsonArray();
    try (ServerPair pair =
        ServerPair.start(options.shape(model, file, SLOTS), options.llamaServer(), work.folder())) {
      System.out.printf("%n== %s%n%s%n", model, pair.libraries());
      System.out.printf(
          "%-14s%10s%10s%8s%10s%13s%n",
          "", "before/s", "during/s", "kept", "read in s", "longest gap s");
      for (int repetition = 0; repetition < repetitions; repetition++) {
        for (MeasuredServer server : pair.servers()) {
          results.add(measure(server, new SplittableRandom(repetition)));
        }
      }
    }
    return results;
  }

  private static JsonObject measure(MeasuredServer server, SplittableRandom random)
      throws IOException, InterruptedException {
    Target target = server.target();
    try (RunningStream answer = RunningStream.start(target, words(random, 16), PROMPT_TOKENS)) {
      answer.awaitEvents(SETTLED + BEFORE);
      long promptNanos = System.nanoTime();
      try (RunningStream prompt = RunningStream.start(target, words(random, PROMPT_TOKENS), 1)) {
        prompt.awaitEnd();
      }
      long readNanos = System.nanoTime();
      long[] events = answer.eventNanos();
      // An answer that ended before the prompt was read had nothing more to keep.
      long untilNanos = answer.hasEnded() ? events[events.length - 1] : readNanos;
      StallRates rates = StallRates.of(events, events[SETTLED], promptNanos, untilNanos);
      double seconds = (readNanos - promptNanos) / 1e9;
      double longestGap = StallRates.longestGap(events, promptNanos, untilNanos) / 1e9;
      System.out.printf(
          "%-14s%10.1f%10.1f%7.0f%%%10.1f%13.2f%n",
          server.name(), rates.before(), rates.during(), 100 * rates.kept(), seconds, longestGap);
      return new JsonObject()
          .put("server", server.name())
          .put("ratePerSecondBefore", rates.before())
          .put("ratePerSecondDuring", rates.during())
          .put("kept", rates.kept())
          .put("promptSeconds", seconds)
          .put("longestGapSeconds", longestGap);
    }
  }

  /** A prompt of words drawn at random. */
  static int[] words(SplittableRandom random, int count) {
    return random.ints(count, FIRST_WORD, LAST_WORD).toArray();
  }
}
