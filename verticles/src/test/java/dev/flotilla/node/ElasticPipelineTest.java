package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.lending.Lending;
import dev.flotilla.node.lending.PortRange;
import dev.flotilla.node.lending.StageDesk;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.topology.DeviceFile;
import dev.flotilla.node.topology.MachineFile;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmToken;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Engines of their own, in a swarm of this process. */
@Timeout(240)
class ElasticPipelineTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long MEMORY = 1 << 28;

  @TempDir private Path folder;

  private final Set<ProcessHandle> others = children();
  private final List<Swarm> swarms = new ArrayList<>();
  private final List<SwarmSharding> shardings = new ArrayList<>();
  private SwarmSharding head;
  private Swarm vanishing;
  private OwnPipeline pipeline;

  @BeforeEach
  void start() throws Exception {
    String token = SwarmToken.create("test", Optional.empty(), new SecureRandom()).encode();
    head = member(join("head", token, List.of()), Optional.empty());
    List<PeerAddress> peers = List.of(swarms.getFirst().cluster().address());
    EngineOptions engine =
        EngineOptionsBuilder.of(SharedFiles.require("models/stories260K.gguf"), 512).build();
    for (String name : List.of("one", "two")) {
      Lending lending = new Lending(MEMORY, 1, engine.backend(), PortRange.ANY);
      member(join(name, token, peers), Optional.of(lending));
    }
    vanishing = join("vanishing", token, peers);
    LocalSwarm.await(() -> swarms.stream().allMatch(each -> each.cards().size() == 4));
    LocalSwarm.await(() -> head.workers().offers().size() == 2);
    pipeline = head.pipeline(ModelFile.read("m", engine.model()), engine);
    await(pipeline.start());
  }

  private Swarm join(String name, String token, List<PeerAddress> peers) throws Exception {
    Swarm swarm = LoopbackSwarm.start(folder, name, Optional.of(token), peers);
    swarms.add(swarm);
    swarm.announceApi("http://127.0.0.1:1", "1", 0);
    return swarm;
  }

  private SwarmSharding member(Swarm swarm, Optional<Lending> lending) throws Exception {
    Path own = folder.resolve(swarm.id().hex());
    SwarmSharding sharding =
        new SwarmSharding(
            swarm,
            new TopologyDirectory(swarm.cluster()::members, System::nanoTime),
            new DeviceFile(new MachineFile(own.resolve("devices.json"), "test")),
            new ShardingOptions(
                new ShardSetting.Stages(2),
                false,
                ActivationType.F32,
                own.resolve("slices"),
                MEMORY,
                lending),
            LoopbackSwarm.HOST,
            own,
            "test");
    shardings.add(sharding);
    return sharding;
  }

  @AfterEach
  void stop() throws Exception {
    await(pipeline.stop());
    for (SwarmSharding sharding : shardings) {
      await(sharding.close());
    }
    swarms.forEach(Swarm::close);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void aWorkerThatVanishesWhileStagesLoadLeavesTheOldOnesServing() throws Exception {
    String expected = text(open(Long.MAX_VALUE));
    EnginePipeline before = pipeline.driven();
    SwarmSharding free =
        shardings.stream()
            .filter(each -> each != head && each.lent().isEmpty())
            .findFirst()
            .orElseThrow();
    // Two stages, and a spare at each of three nodes.
    LocalSwarm.await(() -> engines() == 5);
    AssertSubscriber<SessionEvent> stream = open(20);
    stream.awaitItems(20, PATIENCE);

    Promise<Void> asked = Promise.promise();
    vanishing.peers().serve(StageDesk.PATH, Permission.PLACE_MODELS, (_, _) -> asked.tryComplete());
    Future<Void> recut =
        ((ElasticPipeline) pipeline).recutting().recut(recut(free.id(), vanishing.id()));
    await(asked.future());
    LocalSwarm.await(() -> !free.lent().isEmpty());
    vanishing.close();

    LocalSwarm.await(recut::isComplete);
    assertThat(recut.cause()).hasMessageContaining("layers [3, 5) can't be at node");
    assertThat(pipeline.recuts()).isZero();
    assertThat(pipeline.driven()).isSameAs(before);
    stream.request(Long.MAX_VALUE);
    assertThat(text(stream)).isEqualTo(expected);
    assertThat(text(open(Long.MAX_VALUE))).isEqualTo(expected);
    LocalSwarm.await(() -> free.lent().isEmpty());
    LocalSwarm.await(() -> engines() == 5);
    assertThat(before.status().restarts()).isZero();
  }

  private static Set<ProcessHandle> children() {
    return ProcessHandle.current().children().collect(Collectors.toSet());
  }

  private long engines() {
    return children().stream().filter(each -> !others.contains(each)).count();
  }

  private Recut recut(NodeId second, NodeId third) {
    return new Recut(
        List.of(
            new Seat(new LayerRange(0, 1), 1 << 20, head.id()),
            new Seat(new LayerRange(1, 3), 8 << 20, second),
            new Seat(new LayerRange(3, 5), 8 << 20, third)),
        2);
  }

  private AssertSubscriber<SessionEvent> open(long demand) {
    SessionRequest request =
        new SessionRequest(
            new Prompt.Text("Once upon a time", true, false),
            SamplingOptions.GREEDY,
            new StopConditions(200, List.of()),
            true,
            true);
    return pipeline
        .served()
        .open(request)
        .subscribe()
        .withSubscriber(AssertSubscriber.create(demand));
  }

  private static String text(AssertSubscriber<SessionEvent> stream) {
    StringBuilder text = new StringBuilder();
    for (SessionEvent event : stream.awaitCompletion(PATIENCE).getItems()) {
      if (event instanceof Generated generated) {
        text.append(generated.text());
      }
    }
    assertThat(text).isNotEmpty();
    return text.toString();
  }
}
