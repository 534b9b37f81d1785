package dev.flotilla.node.trials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.gguf.HollowSlice;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.StageShape;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LayerTrialsTest {
  private static final ChainFigures FIGURES = new ChainFigures(List.of(), 0, 0, 0, 0, 0);

  private final TestingHost host = new TestingHost();
  private long nowNanos;
  private final LayerTrials trials = new LayerTrials(host, () -> nowNanos);

  /** Its samples' keys are the digests without what follows a dash. */
  private static final class TestingHost implements LayerTrials.Host {
    final Map<String, NodeReport> reports = new TreeMap<>();
    final List<String> asked = new ArrayList<>();
    final Set<String> known = new HashSet<>();
    boolean idle = true;
    boolean useful = true;
    long freeBytes = 1000;
    Promise<ChainFigures> running = Promise.promise();

    void offers(String node, String... digests) {
      List<ModelOffer> models = new ArrayList<>();
      for (String digest : digests) {
        models.add(new ModelOffer(digest, 4, 100, digest, 512, 1, false));
      }
      reports.put(
          node,
          new NodeReport(
              1,
              1,
              1,
              1,
              1,
              "any",
              ComputeDevices.UNKNOWN,
              1,
              PowerSource.MAINS,
              Map.of(),
              Map.of(),
              models,
              List.of()));
    }

    @Override
    public Map<String, NodeReport> reports() {
      return reports;
    }

    @Override
    public boolean mayCompute(String owner, ModelOffer model) {
      return useful && !owner.equals("stranger");
    }

    @Override
    public boolean isIdle() {
      return idle;
    }

    @Override
    public long freeBytes(String owner) {
      return owner.equals("here") ? Long.MAX_VALUE : freeBytes;
    }

    @Override
    public Future<LayerSample> sample(String owner, String digest) {
      asked.add(digest);
      return Future.succeededFuture(
          new LayerSample(
              new StageShape(digest.replaceFirst("-.*", ""), 1, 0),
              new HollowSlice(new byte[1], 100)));
    }

    @Override
    public boolean isKnown(String costKey) {
      return known.contains(costKey);
    }

    @Override
    public Future<ChainFigures> run(LayerSample sample) {
      running = Promise.promise();
      return running.future();
    }

    @Override
    public void cancel() {
      running.tryFail(new EngineException(EngineFailure.CANCELLED, "something else"));
    }

    @Override
    public void learn(StageShape shape, ChainFigures figures) {
      known.add(shape.costKey());
    }
  }

  @Test
  void modelsAreTriedOneAtATimeAndAlikeOnesOnce() {
    host.offers("a", "small-1", "small-2");
    host.offers("b", "small-1", "large");
    Future<Void> first = trials.look();
    assertThat(trials.look().succeeded()).as("there is nothing to wait for").isTrue();
    assertThat(host.asked).containsExactly("small-1");
    assertThat(first.isComplete()).isFalse();
    host.running.complete(FIGURES);
    assertThat(first.succeeded()).isTrue();
    assertThat(host.known).containsExactly("small");

    assertThat(trials.look().succeeded()).as("the same layers as before").isTrue();
    Future<Void> large = trials.look();
    host.running.complete(FIGURES);
    assertThat(large.succeeded()).isTrue();
    assertThat(host.known).containsExactlyInAnyOrder("small", "large");
    assertThat(trials.look().succeeded()).isTrue();
    assertThat(host.asked).containsExactly("small-1", "small-2", "large");
  }

  @Test
  void nobodyIsDisturbed() {
    host.offers("a", "small");
    host.idle = false;
    assertThat(trials.look().succeeded()).isTrue();
    assertThat(host.asked).isEmpty();
    host.idle = true;
    var _ = trials.look();
    assertThat(host.asked).containsExactly("small");
  }

  @Test
  void aTrialGivesWayAndIsMadeUpForLater() {
    host.offers("a", "small");
    Future<Void> disturbed = trials.look();
    host.idle = false;
    var _ = trials.look();
    assertThat(disturbed.failed()).isTrue();
    host.idle = true;
    nowNanos = LayerTrials.RETRY_NANOS + 1;
    Future<Void> again = trials.look();
    host.running.complete(FIGURES);
    assertThat(again.succeeded()).isTrue();
    assertThat(host.known).containsExactly("small");
  }

  @Test
  void whatIsOfNoUseAnyMoreIsGivenUp() {
    host.offers("a", "small");
    Future<Void> useless = trials.look();
    host.useful = false;
    assertThat(trials.look().succeeded()).isTrue();
    assertThat(useless.failed()).isTrue();
    assertThat(host.known).isEmpty();
  }

  @Test
  void whatIsOfNoUseIsNotTried() {
    host.offers("stranger", "small");
    var _ = trials.look();
    assertThat(host.asked).isEmpty();
  }

  @Test
  void whatFailedIsTriedAgainLater() {
    host.offers("a", "small");
    host.freeBytes = 199;
    assertThat(trials.look().failed()).as("it takes 200").isTrue();
    host.freeBytes = 200;
    nowNanos = LayerTrials.RETRY_NANOS;
    assertThat(trials.look().succeeded()).isTrue();
    assertThat(host.asked).hasSize(1);
    nowNanos++;
    Future<Void> again = trials.look();
    host.running.fail("it crashed");
    assertThat(again.failed()).isTrue();
    assertThat(host.known).isEmpty();
  }

  @Test
  void whatIsLentDoesNotBoundOwnModels() {
    host.offers("here", "small");
    host.freeBytes = 0;
    Future<Void> own = trials.look();
    host.running.complete(FIGURES);
    assertThat(own.succeeded()).isTrue();
    assertThat(host.known).containsExactly("small");
  }

  @Test
  void aFileThatComesAgainIsTriedAgain() {
    host.offers("a", "small");
    host.known.add("small");
    var _ = trials.look();
    host.offers("a");
    var _ = trials.look();
    host.offers("a", "small");
    var _ = trials.look();
    assertThat(host.asked).containsExactly("small", "small");
  }
}
