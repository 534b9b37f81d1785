package dev.flotilla.node;

import dev.flotilla.node.api.PipelineList;
import dev.flotilla.node.lending.LentStages.Lent;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Fetching;
import dev.flotilla.node.placement.ShardedPlacement.PlacedStage;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The pipelines that a node has a part in, as its API shows them. */
final class NodePipelines implements PipelineList {
  private final Supplier<List<OwnPipeline>> own;
  private final Optional<SwarmSharding> sharding;

  /**
   * @param own those that this node drives now
   */
  NodePipelines(Supplier<List<OwnPipeline>> own, Optional<SwarmSharding> sharding) {
    this.own = own;
    this.sharding = sharding;
  }

  @Override
  public List<PipelineView> pipelines() {
    List<PipelineView> views = new ArrayList<>();
    own.get().forEach(each -> views.add(view(each)));
    sharding.ifPresent(swarm -> swarm.lent().forEach(lent -> views.add(view(lent, swarm.id()))));
    return views;
  }

  private PipelineView view(OwnPipeline own) {
    EnginePipeline pipeline = own.driven();
    PipelineStatus status = pipeline.status();
    String state = status.state().name().toLowerCase(Locale.ROOT);
    List<StageView> stages = new ArrayList<>();
    for (PlacedStage stage : sharding.map(swarm -> swarm.stages(pipeline)).orElse(List.of())) {
      stages.add(
          stage(
              stage.seat().worker(),
              stage.seat().layers().from(),
              stage.seat().layers().to(),
              stage.seat().memoryBytes(),
              stage.answer(),
              state));
    }
    if (stages.isEmpty()) {
      stages.add(
          new StageView(
              sharding.map(swarm -> swarm.id().hex()),
              0,
              pipeline.model().layers(),
              status.residentBytes(),
              state,
              0,
              0));
    }
    return new PipelineView(
        pipeline.model().id(),
        true,
        sharding.map(swarm -> swarm.id().hex()),
        state,
        status.problem(),
        own.recuts(),
        pipeline.figures(),
        stages);
  }

  private static PipelineView view(Lent lent, NodeId self) {
    StageAnswer answer = lent.answer();
    return new PipelineView(
        lent.order().slice().contentId(),
        false,
        Optional.of(lent.head().hex()),
        answer.state(),
        answer instanceof Failed(String reason) ? Optional.of(reason) : Optional.empty(),
        0,
        lent.figures(),
        List.of(
            stage(
                self,
                lent.order().slice().range().from(),
                lent.order().slice().range().to(),
                lent.order().memoryBytes(),
                Optional.of(answer),
                answer.state())));
  }

  /** A stage of which its worker has said something, or has yet to. */
  private static StageView stage(
      NodeId node, int from, int to, long bytes, Optional<StageAnswer> answer, String otherwise) {
    Fetching fetching =
        answer.orElse(null) instanceof Fetching now ? now : new Fetching("none", 0, 0);
    return new StageView(
        Optional.of(node.hex()),
        from,
        to,
        bytes,
        answer.map(StageAnswer::state).orElse(otherwise),
        fetching.doneBytes(),
        fetching.totalBytes());
  }
}
