package dev.flotilla.node;

import dev.flotilla.federation.state.KeeperOptions;
import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.Quorum;
import dev.flotilla.federation.state.StateFile;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.node.state.StateVerticle;
import dev.flotilla.tokens.Permission;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import java.nio.file.Path;
import java.util.List;

/** A node's part in what its swarm decides. */
final class SwarmDecisions {
  private static final String LOG = "flotilla.log";

  private final Swarm swarm;
  private final StateVerticle verticle;

  /**
   * Not started yet.
   *
   * @param stateDir folder of this node
   * @param halfDecides whether exactly half of the voters may decide, with the least id among them
   */
  SwarmDecisions(Swarm swarm, Path stateDir, boolean halfDecides) {
    this.swarm = swarm;
    Path file =
        stateDir.resolve("swarm").resolve("history-" + swarm.credentials().trust().swarm().hex());
    this.verticle =
        new StateVerticle(
            swarm.id(),
            new StateFile(file),
            KeeperOptions.DEFAULT.with(new Quorum(halfDecides)),
            swarm.bus(),
            swarm.cluster().sharedLog(LOG),
            this::members);
  }

  /** Takes part from then on. */
  Future<?> start() {
    return swarm
        .vertx()
        .deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER));
  }

  SwarmHistory history() {
    return verticle;
  }

  private List<Member> members() {
    return swarm.cards().stream().map(SwarmDecisions::member).toList();
  }

  private static Member member(NodeCard card) {
    return new Member(
        card.id().hex(),
        card.name().isEmpty() ? card.id().shortened() : card.name(),
        card.role().label(),
        card.role().may(Permission.PLACE_MODELS),
        card.lentBytes());
  }
}
