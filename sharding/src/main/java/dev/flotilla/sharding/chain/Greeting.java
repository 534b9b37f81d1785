package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkFrame.Welcome;
import dev.flotilla.sharding.link.LinkLimits;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.util.List;

/**
 * A link to a stage that has welcomed it.
 *
 * @param link not started yet
 * @param stages the stage and all after it
 */
record Greeting(Link link, List<StageState> stages) {

  /**
   * Opens a link. Blocks until the stage and all after it are ready.
   *
   * @throws IOException if it can't be reached
   * @throws RefusedException if it, or a stage after it, does not want to
   */
  static Greeting greet(
      LinkTransport transport, StageAddress address, Hello hello, LinkLimits limits)
      throws IOException {
    Link link = Link.connect(transport, address, "to-" + address);
    try {
      link.send(hello);
      link.expectStages(hello.onward().size());
      LinkFrame answer = link.read();
      return switch (answer) {
        case Welcome(List<StageState> stages) -> {
          link.agree(limits);
          yield new Greeting(link, stages);
        }
        case Goodbye(int stage, EngineException reason) ->
            throw new RefusedException(stage, reason);
        default -> throw new IOException("unexpected answer " + answer);
      };
    } catch (IOException e) {
      link.close();
      throw e;
    }
  }

  /** A stage does not want to be linked. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final int stage;
    private final EngineException reason;

    RefusedException(int stage, EngineException reason) {
      super("stage %d: %s".formatted(stage, reason.getMessage()), reason);
      this.stage = stage;
      this.reason = reason;
    }

    int stage() {
      return stage;
    }

    EngineException reason() {
      return reason;
    }
  }
}
