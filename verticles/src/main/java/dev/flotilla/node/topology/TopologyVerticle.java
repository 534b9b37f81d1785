package dev.flotilla.node.topology;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.node.shard.MachineMemory;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Looks at this machine and the ways to it, tells the swarm, and hears what the others tell. */
public final class TopologyVerticle extends VerticleBase {
  private static final Topic<NodeReport> REPORTS =
      new Topic<>("flotilla.topology", Permission.JOIN, new NodeReportCodec());

  /** A node that has just come asks the others to report. */
  private static final Topic<String> QUESTIONS =
      new Topic<>("flotilla.topology.who", Permission.JOIN, new TextCodec(16));

  /** Who comes with many is answered with them. */
  private static final int ANSWER_MILLIS = 100;

  private static final int REPORT_MILLIS = 5_000;
  private static final int PROBE_MILLIS = 10_000;

  /** Nodes start together: the first look at each other should not wait for long. */
  private static final int FIRST_MILLIS = 500;

  private final Surroundings surroundings;
  private final SwarmBus bus;
  private final PeerPlane peers;
  private final Prober prober;
  private final TopologyDirectory directory;
  private boolean answering;

  /**
   * What the node knows of itself and its swarm.
   *
   * @param others link ports of all other members
   * @param labels what its owner says about this node
   * @param folder where slices of models go
   * @param lentBytes what it lends
   * @param lendableBytes what of that no stage takes
   * @param devices what its engines found to compute with
   * @param layerCosts what is measured of its speed
   * @param models that it has files of
   */
  public record Surroundings(
      Supplier<Map<NodeId, PeerAddress>> others,
      Map<String, String> labels,
      Path folder,
      long lentBytes,
      Supplier<Long> lendableBytes,
      Supplier<ComputeDevices> devices,
      Supplier<Map<String, LayerCost>> layerCosts,
      Supplier<List<ModelOffer>> models) {
    public Surroundings {
      labels = Map.copyOf(labels);
    }
  }

  /**
   * Not deployed yet.
   *
   * @param directory gets what is heard
   */
  public TopologyVerticle(
      Surroundings surroundings, TopologyDirectory directory, SwarmBus bus, PeerPlane peers) {
    this.surroundings = surroundings;
    this.bus = bus;
    this.peers = peers;
    this.prober = new Prober(peers, System::nanoTime);
    this.directory = directory;
  }

  @Override
  public Future<?> start() {
    peers.serve(ProbeDesk.PATH, Permission.JOIN, (_, request) -> ProbeDesk.handle(request));
    bus.consume(QUESTIONS, (_, _) -> answer());
    bus.consume(REPORTS, (sender, report) -> directory.heard(sender.id(), report))
        .completion()
        .onSuccess(_ -> bus.publish(QUESTIONS, ""));
    vertx.setTimer(FIRST_MILLIS, _ -> probe());
    vertx.setTimer(2 * FIRST_MILLIS, _ -> report());
    return Future.succeededFuture();
  }

  private void probe() {
    prober.round(surroundings.others().get());
    int pause = prober.hasNewcomers() ? FIRST_MILLIS : PROBE_MILLIS;
    vertx.setTimer(jittered(pause), _ -> probe());
  }

  private void answer() {
    if (!answering) {
      answering = true;
      vertx.setTimer(
          ANSWER_MILLIS,
          _ -> {
            answering = false;
            var _ = tell();
          });
    }
  }

  private void report() {
    tell().onComplete(_ -> vertx.setTimer(jittered(REPORT_MILLIS), _ -> report()));
  }

  private Future<NodeReport> tell() {
    List<NodeReport.Way> ways = prober.ways();
    return vertx
        .executeBlocking(() -> look(ways), false)
        .onSuccess(report -> bus.publish(REPORTS, report));
  }

  /** Tells the swarm at once that something has changed. Once it is deployed; any thread. */
  public void tellNow() {
    context.runOnContext(_ -> {
      var _ = tell();
    });
  }

  private NodeReport look(List<NodeReport.Way> ways) {
    return new NodeReport(
        Machine.totalBytes(),
        MachineMemory.availableBytes(),
        surroundings.lentBytes(),
        surroundings.lendableBytes().get(),
        Runtime.getRuntime().availableProcessors(),
        Machine.platform(),
        surroundings.devices().get(),
        Machine.diskBytes(surroundings.folder()),
        Machine.power(),
        surroundings.labels(),
        surroundings.layerCosts().get(),
        surroundings.models().get(),
        ways);
  }

  private static int jittered(int millis) {
    return millis - millis / 10 + ThreadLocalRandom.current().nextInt(millis / 5);
  }
}
