package dev.flotilla.sharding;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Future;
import java.util.List;

/**
 * One replica of a model: an ordered list of stages that covers all its layers. Callers can't tell
 * a whole model in one engine process from layer ranges on six machines.
 *
 * <p>Any thread may call; results arrive on the Vert.x context of the caller, or on a thread of the
 * pipeline's own where the caller has none. Failures are {@link EngineException}s.
 */
public interface Pipeline {

  /** The model it serves. */
  ModelCard model();

  /** How it is right now: a snapshot, cheap enough to ask for on every request. */
  PipelineStatus status();

  /**
   * A session that is opened when the stream is subscribed to. Its events are those of {@link
   * SessionEvent}, in that order.
   *
   * <p>Demand is back-pressure: with no demand left the session stops generating within a bounded
   * number of tokens, and goes on when more is asked for. Cancelling the subscription closes the
   * session in every stage within one decode step.
   */
  Multi<SessionEvent> open(SessionRequest request);

  /**
   * The same for an owner, who shares the capacity with others and is told who serves the session.
   * A pipeline that is one replica treats all owners alike and tells nothing.
   */
  default Multi<SessionEvent> open(SessionRequest request, SessionOwner owner) {
    return open(request);
  }

  /**
   * The token ids of a text.
   *
   * @param addSpecial whether begin- and end-of-text tokens are added as the model is configured
   * @param parseSpecial whether special tokens written in the text are read as such
   */
  Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial);

  /** The text of token ids, special tokens included; broken UTF-8 becomes U+FFFD. */
  Future<String> detokenize(int[] tokens);

  /** One embedding per prompt, in order. */
  Future<Embeddings> embed(List<Prompt> prompts);
}
