package dev.flotilla.node.worker;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineLoop;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionSink;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.Vocabulary;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.Cancel;
import dev.flotilla.engine.process.EngineCommand.Detokenize;
import dev.flotilla.engine.process.EngineCommand.Embed;
import dev.flotilla.engine.process.EngineCommand.Grant;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineCommand.NoStage;
import dev.flotilla.engine.process.EngineCommand.Open;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.EngineCommand.Probe;
import dev.flotilla.engine.process.EngineCommand.Relink;
import dev.flotilla.engine.process.EngineCommand.RenewLinks;
import dev.flotilla.engine.process.EngineCommand.Stop;
import dev.flotilla.engine.process.EngineCommand.Tokenize;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Ready;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Serves one stage over a channel. {@link #handle} belongs to the thread that reads commands; text
 * is tokenised there, so that a long prompt does not stall the compute thread.
 */
final class StageServer implements AutoCloseable {
  private final StageChain chain;
  private final Vocabulary vocabulary;
  private final EngineChannel channel;
  private final EngineLoop loop;
  private final Pulse pulse;

  /** Takes over the stages. */
  StageServer(StageChain chain, EngineOptions options, EngineChannel channel) {
    this.chain = chain;
    this.vocabulary = chain.vocabulary();
    this.channel = channel;
    this.pulse = new Pulse(channel, chain::figures);
    this.loop =
        new EngineLoop(
            chain,
            new BatchScheduler(chain, options, new Reporter(), System::nanoTime),
            options.queueLimit());
  }

  /** Tells the node that the stage is ready, and goes on telling it that this process lives. */
  void announce() {
    send(new Ready(chain.facts()));
    pulse.start();
  }

  void handle(EngineCommand command) {
    switch (command) {
      case Open open -> open(open);
      case Grant(long session, int events) -> loop.grant(session, events);
      case Cancel(long session) -> loop.cancel(session);
      case Tokenize(long call, String text, boolean addSpecial, boolean parseSpecial) ->
          answer(
              call, () -> new Tokenized(call, vocabulary.tokenize(text, addSpecial, parseSpecial)));
      case Detokenize(long call, int[] tokens) ->
          answer(call, () -> new Detokenized(call, vocabulary.detokenize(tokens)));
      case Embed embed -> embed(embed);
      case Probe _ -> pulse.beat();
      case Prepare _, Load _, Stop _, Relink _, NoStage _, RenewLinks _ ->
          throw new IllegalStateException("no command for a running stage: " + command);
    }
  }

  private void open(Open open) {
    try {
      loop.open(open.session(), open.request(), tokens(open.request().prompt()), open.credit());
    } catch (EngineException e) {
      send(new SessionFailed(open.session(), e));
    }
  }

  private int[] tokens(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Text(String text, boolean addSpecial, boolean parseSpecial) ->
          vocabulary.tokenize(text, addSpecial, parseSpecial);
      case Prompt.Tokens(int[] ids) -> ids;
    };
  }

  private void embed(Embed embed) {
    List<int[]> sequences = new ArrayList<>();
    int promptTokens = 0;
    try {
      for (Prompt prompt : embed.prompts()) {
        int[] tokens = tokens(prompt);
        requireKnown(tokens);
        sequences.add(tokens);
        promptTokens += tokens.length;
      }
    } catch (EngineException e) {
      send(new CallFailed(embed.call(), e));
      return;
    }
    int total = promptTokens;
    var _ =
        loop.embed(sequences)
            .whenComplete((vectors, thrown) ->
                send(
                    thrown == null
                        ? new Embedded(embed.call(), vectors, total)
                        : new CallFailed(embed.call(), failure(thrown))));
  }

  private void requireKnown(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary.size()) {
        throw new EngineException(
            EngineFailure.INVALID_REQUEST,
            "input",
            "input has token " + token + ", outside the vocabulary of " + vocabulary.size());
      }
    }
  }

  private void answer(long call, Supplier<EngineReport> answer) {
    EngineReport report;
    try {
      report = answer.get();
    } catch (EngineException e) {
      report = new CallFailed(call, e);
    }
    send(report);
  }

  private static EngineException failure(Throwable thrown) {
    return thrown instanceof EngineException failure
        ? failure
        : new EngineException(EngineFailure.INTERNAL, thrown.toString());
  }

  private void send(EngineReport report) {
    try {
      channel.write(report);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    pulse.close();
    loop.close();
  }

  /** Sends all events of a step in one write. */
  private final class Reporter implements SessionSink {
    @Override
    public void event(long session, SessionEvent event) {
      channel.add(new Happened(session, event));
    }

    @Override
    public void failed(long session, EngineException failure) {
      channel.add(new SessionFailed(session, failure));
      flush();
    }

    @Override
    public void flush() {
      try {
        channel.flush();
      } catch (IOException e) {
        // The node is gone; the reader thread sees the same and ends the process.
        Runtime.getRuntime().halt(0);
      }
    }
  }
}
