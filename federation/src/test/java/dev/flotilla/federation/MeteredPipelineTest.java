package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.sharding.Pipeline;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MeteredPipelineTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  @AfterEach
  void close() throws Exception {
    vertx.close().await();
  }

  private static MeteredPipeline metered(Pipeline pipeline, LongSupplier clock) {
    return metered(pipeline, Optional.empty(), clock);
  }

  private static MeteredPipeline metered(
      Pipeline pipeline, Optional<LearntSpeed> before, LongSupplier clock) {
    return new MeteredPipeline(
        pipeline, Announcements.node(1), "0.1.0", Announcements.DESCRIPTION, 7, before, clock);
  }

  private static List<SessionEvent> run(Pipeline pipeline, SessionRequest request) {
    return pipeline.open(request).collect().asList().await().atMost(Duration.ofSeconds(20));
  }

  private static double cachedShare(MeteredPipeline pipeline, String prompt) {
    return PrefixChain.of(prompt).cachedShare(pipeline.announcement().prefixes().orElseThrow());
  }

  @Test
  void announcesNothingOfACacheThatIsLost() {
    FlakyPipeline restarting = new FlakyPipeline(vertx, 1, 0);
    HandoverPipeline pipeline = new HandoverPipeline(vertx, restarting);
    MeteredPipeline metered = metered(pipeline, System::nanoTime);
    String prompt = "p".repeat(1_000);
    run(metered, request(prompt, 4));
    assertThat(cachedShare(metered, prompt)).isPositive();

    restarting.losses = 1;
    assertThat(cachedShare(metered, prompt)).isZero();
    run(metered, request(prompt, 4));
    assertThat(cachedShare(metered, prompt)).isPositive();

    for (int i = 0; i < 2; i++) {
      var _ = pipeline.handOver(new FlakyPipeline(vertx, 2, 0));
      assertThat(cachedShare(metered, prompt)).isZero();
      run(metered, request(prompt, 4));
      assertThat(cachedShare(metered, prompt)).isPositive();
    }
  }

  @Test
  void announcesWhatRunsAndWhatIsCached() {
    long[] clock = {0};
    MeteredPipeline metered = metered(new FlakyPipeline(vertx, 1, 0), () -> clock[0]);
    ReplicaAnnouncement idle = metered.announcement();
    assertThat(idle.pendingOutputTokens()).isZero();
    assertThat(idle.arrivalsPerSecond()).isZero();
    String prompt = "p".repeat(1_000);
    assertThat(run(metered, request(prompt, 40)).getLast())
        .isInstanceOf(SessionEvent.Finished.class);
    ReplicaAnnouncement after = metered.announcement();
    assertThat(after.sequence()).isGreaterThan(idle.sequence());
    assertThat(after.pendingOutputTokens()).isZero();
    assertThat(after.arrivalsPerSecond()).isCloseTo(0.2, offset(1e-9));
    assertThat(PrefixChain.of(prompt).cachedShare(after.prefixes().orElseThrow()))
        .isCloseTo(768 / 1_000.0, offset(1e-9));
    clock[0] = 60_000_000_000L;
    assertThat(metered.announcement().arrivalsPerSecond()).isLessThan(0.001);
  }

  @Test
  void learnsRatesByBatchAndEstimatesTheOthers() {
    SpeedMeter meter = new SpeedMeter(8, 500, 20);
    for (int i = 0; i < 100; i++) {
      meter.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 4_000_000), 101, 1);
      meter.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 10_000_000), 101, 4.2);
    }
    ReplicaSpeed speed = meter.speed();
    assertThat(speed.prefillTokensPerSecond()).isCloseTo(1000, offset(1.0));
    assertThat(speed.decodeRate(1)).isCloseTo(25, offset(0.1));
    assertThat(speed.decodeRate(4)).isCloseTo(10, offset(0.1));
    assertThat(speed.decodeRate(2)).as("between the two").isBetween(15.0, 17.0);
    assertThat(speed.decodeRate(8)).as("20 ms more for each").isCloseTo(1 / 0.18, offset(0.1));
    assertThat(speed.decodeRate(16)).isCloseTo(speed.decodeRate(8) / 2, offset(0.1));
  }

  @Test
  void ofLargerBatchesNoMoreGainIsExpectedThanWasSeen() {
    SpeedMeter meter = new SpeedMeter(8, 500, 20);
    meter.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 4_000_000), 101, 2);
    assertThat(meter.speed().decodeRate(4)).as("none").isCloseTo(12.5, offset(0.1));
    meter.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 4_000_000), 101, 4);
    assertThat(meter.speed().decodeRate(8)).as("a little").isCloseTo(20, offset(0.1));
    SpeedMeter none = new SpeedMeter(8, 500, 20);
    none.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 1_000_000), 101, 2);
    none.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 4_000_000), 101, 4);
    assertThat(none.speed().decodeRate(8)).as("the steps grew more").isCloseTo(12.5, offset(0.1));
  }

  @Test
  void whatWasLearntIsKnownToTheNext() {
    SpeedMeter meter = new SpeedMeter(8, 500, 20);
    assertThat(meter.learnt()).isEmpty();
    meter.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 10_000_000), 101, 4);
    LearntSpeed learnt = meter.learnt().orElseThrow();
    assertThat(learnt).isEqualTo(new LearntSpeed(1000, new TreeMap<>(Map.of(4, 10.0))));

    SpeedMeter next = new SpeedMeter(8, 500, 20);
    next.resume(learnt);
    assertThat(next.isMeasured()).as("since").isFalse();
    assertThat(next.speed()).isEqualTo(meter.speed());
    next.ended(new SessionUsage(1100, 100, 101, 0, 1_000_000, 5_000_000), 101, 4);
    assertThat(next.isMeasured()).isTrue();
    assertThat(next.speed().decodeRate(4)).as("averaged").isCloseTo(12, offset(0.1));

    SpeedMeter smaller = new SpeedMeter(2, 500, 20);
    smaller.resume(learnt);
    assertThat(smaller.speed().decodeRate(1)).as("it has no such batches").isEqualTo(20);
    assertThat(smaller.speed().prefillTokensPerSecond()).isEqualTo(1000);
  }

  @Test
  void announcesWhatWasLearntBeforeAndMeasuresOnceMore() throws Exception {
    LearntSpeed learnt = new LearntSpeed(300, new TreeMap<>(Map.of(1, 7.0)));
    MeteredPipeline metered =
        metered(new FlakyPipeline(vertx, 1, 0), Optional.of(learnt), System::nanoTime);
    assertThat(metered.announcement().speed().decodeRate(1)).isEqualTo(7);
    assertThat(metered.isMeasured()).isFalse();
    assertThat(metered.learntSpeed()).isEmpty();
    metered.calibrate().await(20, TimeUnit.SECONDS);
    assertThat(metered.isMeasured()).isTrue();
  }

  @Test
  void onlyLongSessionsSayHowFastAReplicaIs() {
    SpeedMeter meter = new SpeedMeter(8, 500, 20);
    meter.ended(new SessionUsage(1031, 1000, 7, 0, 1_000_000, 1_000_000), 7, 1);
    assertThat(meter.isMeasured()).isFalse();
    meter.ended(new SessionUsage(1031, 1000, 8, 0, 1_000_000, 1_000_000), 8, 1);
    assertThat(meter.isMeasured()).as("31 tokens read").isFalse();
    meter.ended(new SessionUsage(32, 0, 2, 0, 1_000_000, 1_000_000), 2, 1);
    assertThat(meter.isMeasured()).isTrue();
  }

  @Test
  void fewTokensSayLittleOfHowFastPromptsAreRead() {
    SpeedMeter meter = new SpeedMeter(8, 500, 20);
    meter.ended(new SessionUsage(5, 0, 20, 0, 1_000_000, 1_000_000), 20, 1);
    assertThat(meter.speed().prefillTokensPerSecond()).as("all that is known").isEqualTo(5);
    meter.ended(new SessionUsage(400, 0, 20, 0, 1_000_000, 1_000_000), 20, 1);
    assertThat(meter.speed().prefillTokensPerSecond()).isEqualTo(400);
    meter.ended(new SessionUsage(405, 400, 20, 0, 1_000_000, 1_000_000), 20, 1);
    assertThat(meter.speed().prefillTokensPerSecond()).isEqualTo(400);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whoComesNeedNotWaitForAMeasurement() throws Exception {
    MeteredPipeline metered = metered(new FlakyPipeline(vertx, 1, 0), System::nanoTime);
    CountDownLatch shown = new CountDownLatch(1);
    vertx.runOnContext(_ -> awaitQuietly(shown));
    Future<Void> disturbed = metered.calibrate();
    AssertSubscriber<SessionEvent> somebody =
        metered.open(request("p", 2)).subscribe().withSubscriber(AssertSubscriber.create(9));
    assertThat(metered.calibrate().cause()).isInstanceOf(CancellationException.class);
    shown.countDown();
    somebody.awaitCompletion();
    assertThat(disturbed.cause()).isInstanceOf(CancellationException.class);
    assertThat(metered.isMeasured()).isFalse();
    metered.calibrate().await(20, TimeUnit.SECONDS);
    assertThat(metered.isMeasured()).isTrue();
  }

  private static SessionRequest request(String prompt, int tokens) {
    return new SessionRequest(
        new Prompt.Text(prompt, true, false),
        SamplingOptions.GREEDY,
        new StopConditions(tokens, List.of()),
        true,
        false);
  }
}
