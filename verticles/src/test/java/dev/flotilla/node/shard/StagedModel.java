package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A model in several engine processes on this machine, with spares to take the place of lost ones.
 */
final class StagedModel implements ChainPlacement {
  static final int SLOTS = 8;

  private final Vertx vertx;
  private final Path folder;
  private final LinkTerms terms;
  private final GgufModel model;
  private final List<LayerRange> cut;
  private final List<HostedStage> stages = new CopyOnWriteArrayList<>();
  private final List<Optional<HostedStage>> spares = new ArrayList<>();
  private final EnginePipeline pipeline;

  StagedModel(Vertx vertx, Path source, Path folder, String activations, List<LayerRange> cut)
      throws Exception {
    this.vertx = vertx;
    this.folder = folder;
    this.terms =
        new LinkTerms("test", source.getFileName().toString(), activations, Optional.empty());
    this.model = GgufModel.read(source);
    this.cut = cut;
    for (LayerRange layers : cut) {
      LayerSlicer.write(LayerSlicer.plan(model, layers), model, slice(layers));
    }
    for (int stage = 1; stage < cut.size(); stage++) {
      stages.add(await(start(stage)));
      spares.add(Optional.empty());
    }
    for (HostedStage stage : stages) {
      await(stage.listening());
    }
    pipeline =
        new EnginePipeline(
            vertx,
            ModelFile.read("m", source).card(),
            options(slice(cut.getFirst())),
            folder,
            EngineLauncher.standard(),
            RestartPolicy.STANDARD,
            this);
    await(pipeline.start());
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  /** Equal ranges, as far as that goes. */
  static List<LayerRange> cut(int layers, int stages) {
    List<LayerRange> cut = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      cut.add(new LayerRange(layers * stage / stages, layers * (stage + 1) / stages));
    }
    return cut;
  }

  static EngineOptions options(Path file) {
    return EngineOptionsBuilder.of(file, 512).slots(SLOTS).batchTokens(256).build();
  }

  private Path slice(LayerRange layers) {
    return folder.resolve("layers-%d-%d.gguf".formatted(layers.from(), layers.to()));
  }

  private Future<HostedStage> start(int stage) throws IOException {
    return HostedStage.start(
        vertx,
        EngineLauncher.standard(),
        options(slice(cut.get(stage))),
        folder,
        new StageRole.Later(terms, "127.0.0.1", 0));
  }

  EnginePipeline pipeline() {
    return pipeline;
  }

  /** Loads a process that can take a stage's place at once. */
  void prepareSpare(int stage) throws Exception {
    HostedStage spare = await(start(stage));
    await(spare.listening());
    synchronized (this) {
      spares.set(stage - 1, Optional.of(spare));
    }
  }

  /** From now on the spare is in a stage's place. */
  synchronized HostedStage replaceBySpare(int stage) {
    HostedStage lost = stages.set(stage - 1, spares.get(stage - 1).orElseThrow());
    spares.set(stage - 1, Optional.empty());
    return lost;
  }

  @Override
  public Future<FirstStage> first(EngineOptions whole) {
    return Future.succeededFuture(new FirstStage.OfSeveral(whole, terms, peers()));
  }

  @Override
  public synchronized Future<List<StagePeer>> replace(StageLost loss) {
    return peers();
  }

  private Future<List<StagePeer>> peers() {
    return Future.all(stages.stream().map(HostedStage::listening).toList())
        .map(ports ->
            ports.<Integer>list().stream()
                .map(port -> new StagePeer("", "127.0.0.1", port))
                .toList());
  }

  void close() throws Exception {
    await(pipeline.stop());
    for (HostedStage stage : stages) {
      await(stage.stop());
    }
  }
}
