package dev.flotilla.node.worker;

import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.NoStage;
import dev.flotilla.engine.process.EngineCommand.Relink;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.sharding.chain.StageProvider;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Lets the node find another stage for a lost one. */
final class RelayedStages implements StageProvider {
  private final EngineChannel channel;
  private volatile CompletableFuture<List<StageAddress>> asked = new CompletableFuture<>();

  RelayedStages(EngineChannel channel) {
    this.channel = channel;
  }

  @Override
  public CompletableFuture<List<StageAddress>> replace(Loss loss) {
    CompletableFuture<List<StageAddress>> answer = new CompletableFuture<>();
    asked = answer;
    try {
      channel.write(new StageLost(loss.stage(), loss.reason(), loss.attempt()));
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /** Whether a command was the node's answer. */
  boolean answered(EngineCommand command) {
    return switch (command) {
      case Relink relink -> {
        asked.complete(Links.addresses(relink.onward()));
        yield true;
      }
      case NoStage none -> {
        asked.completeExceptionally(none.reason());
        yield true;
      }
      default -> false;
    };
  }
}
