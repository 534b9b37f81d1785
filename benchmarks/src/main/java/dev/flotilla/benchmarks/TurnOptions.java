package dev.flotilla.benchmarks;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of benchmarks that ask the same of several, in turn. */
final class TurnOptions {
  @Option(
      names = "--turns",
      paramLabel = "N",
      description = "How often each is measured. [${DEFAULT-VALUE}]")
  private int turns;

  @Option(
      names = "--answer-tokens",
      paramLabel = "N",
      description = "Length of an answer. [${DEFAULT-VALUE}]")
  private int answerTokens;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where every value is written too. [${DEFAULT-VALUE}]")
  private Path json;

  /** What holds unless the command line says otherwise. */
  TurnOptions(int turns, int answerTokens, String json) {
    this.turns = turns;
    this.answerTokens = answerTokens;
    this.json = Path.of(json);
  }

  int turns() {
    return turns;
  }

  int answerTokens() {
    return answerTokens;
  }

  void write(JsonObject values) throws IOException {
    Files.writeString(json, values.encodePrettily());
  }
}
