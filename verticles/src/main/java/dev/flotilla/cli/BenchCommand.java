package dev.flotilla.cli;

import dev.flotilla.cli.bench.Bench;
import dev.flotilla.cli.bench.BenchPlan;
import dev.flotilla.cli.bench.BenchReport;
import dev.flotilla.cli.bench.BenchResult;
import dev.flotilla.cli.bench.Target;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code flotilla bench}: how fast a server is, or how two compare. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description = {
      "Measure a server with an OpenAI API, or two in turn.",
      "A prompt phase (long prompts, one token of answer) gives the prompt rate and the time to the"
          + " first token; a generation phase (short prompts, long answers) gives the generation"
          + " rate and the time between tokens."
    })
final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Option(names = "--vs", paramLabel = "URL", description = "A second server to compare with.")
  private @Nullable String versus;

  @Option(
      names = "--model",
      paramLabel = "ID",
      description = "The model to ask for. [the first that each server lists]")
  private @Nullable String model;

  @Option(
      names = "--concurrency",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,8",
      description = "Clients that ask at once, several numbers in turn. [${DEFAULT-VALUE}]")
  private List<Integer> concurrencies;

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens of prompts in the prompt phase; 0 leaves it out. [${DEFAULT-VALUE}]")
  private int promptTokens;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "Tokens of answers in the generation phase; 0 leaves it out. [${DEFAULT-VALUE}]")
  private int maxTokens;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "2",
      description = "Requests that each client makes per phase. [${DEFAULT-VALUE}]")
  private int requests;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often all is measured. [${DEFAULT-VALUE}]")
  private int repetitions;

  @Option(
      names = "--warm-ups",
      paramLabel = "N",
      defaultValue = "1",
      description = "Requests of each client and phase that do not count. [${DEFAULT-VALUE}]")
  private int warmUps;

  @Option(names = "--chat", description = "Ask for chat completions, not completions.")
  private boolean chat;

  @Option(
      names = "--shared-prefix",
      description = "Let prompts begin alike. By default no two do, so that no cache helps.")
  private boolean sharedPrefix;

  @Option(
      names = "--no-ignore-eos",
      description = "Do not send ignore_eos, for servers that refuse it; answers may end early.")
  private boolean stopAtEos;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the prompts. [${DEFAULT-VALUE}]")
  private long seed;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "The longest that one phase may take. [${DEFAULT-VALUE}]")
  private int timeoutSeconds;

  @Option(names = "--json", description = "Print JSON, with the value of every repetition.")
  private boolean json;

  private final Host host;

  BenchCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws InterruptedException {
    BenchPlan plan = plan();
    PrintWriter err = spec.commandLine().getErr();
    try {
      BenchResult result = new Bench(plan, targets(), err::println).run();
      BenchReport report = new BenchReport(result);
      spec.commandLine().getOut().println(json ? report.json().encodePrettily() : report.table());
      return 0;
    } catch (IOException e) {
      err.println("flotilla bench: " + e.getMessage());
      return 1;
    }
  }

  private BenchPlan plan() {
    try {
      return new BenchPlan(
          concurrencies,
          promptTokens,
          maxTokens,
          requests,
          repetitions,
          warmUps,
          chat,
          sharedPrefix,
          !stopAtEos,
          seed,
          Duration.ofSeconds(timeoutSeconds));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private List<Target> targets() throws IOException {
    List<Target> targets = new ArrayList<>();
    targets.add(target(server.base(spec, host, host.apiKey())));
    if (versus != null) {
      targets.add(target(server.base(spec, host, versus, host.apiKey())));
    }
    return targets;
  }

  private Target target(ApiBase api) throws IOException {
    if (model != null) {
      return new Target(api, model);
    }
    try (JsonCalls calls = new JsonCalls(api)) {
      return new Target(api, calls.firstModel());
    }
  }
}
