package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What the swarm has decided and decides, as one of its nodes sees it. Any thread. */
public interface SwarmHistory {

  /** What is agreed on, as far as this node knows. */
  SwarmState state();

  /** Whether this node leads, as far as it knows. */
  boolean isLeading();

  /** Asks for something; completes with what became of it, never exceptionally. */
  default CompletionStage<Outcome> submit(Command command) {
    return submit(new Request(UUID.randomUUID().toString(), command));
  }

  /** The same under an id of the caller's: asked again under it, nothing is carried out twice. */
  CompletionStage<Outcome> submit(Request request);

  /**
   * The latest entries after an index, in order. Some may be missing: those that are too old, and
   * those that this node took over as part of a whole state.
   */
  List<LogEntry> after(long index);

  /**
   * Tells when there is a new state.
   *
   * @param listener called on any thread; must not block
   * @return ends it
   */
  Runnable onChange(Runnable listener);
}
