package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.Vocabulary;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.ChainMeter;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.chain.ChainLog.Sent;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in several stages: the first in this process, the others behind links.
 *
 * <p>What the stages hold is known from what the last one has confirmed ({@link SlotLog}), and all
 * operations that it has not answered yet are kept. So a lost stage is a delay, nothing else: the
 * chain is linked again over another stage, what that one lacks is computed once more, and the
 * unanswered operations are sent again.
 */
public final class LinkedChain implements StageChain {
  private static final Logger log = LoggerFactory.getLogger(LinkedChain.class);

  private final FirstStage first;
  private final ChainLinker linker;
  private final StageFacts facts;
  private final ChainMeter meter;
  private final int last;
  private final ChainLog chainLog;
  private final ChainRestorer restorer;
  private final Queue<Outcome> outcomes = new ArrayDeque<>();
  private final Queue<Runnable> arrivals = new ConcurrentLinkedQueue<>();
  private volatile Runnable wake = () -> {};
  private boolean canShift;
  private @Nullable ChainLinks links;
  private @Nullable EngineException outage;
  private int restoresInARow;
  private long lostNanos;

  /**
   * Links a chain. Blocks until all stages are ready.
   *
   * @param first the first stage, owned from now on
   * @param onward all stages after it, in order, at least one
   * @throws EngineException if they can't be reached, or don't want to work together
   */
  public LinkedChain(
      Stage first,
      ChainShape shape,
      LinkTransport transport,
      StageProvider provider,
      List<StageAddress> onward) {
    this.first = new FirstStage(first);
    this.last = onward.size();
    this.chainLog = new ChainLog(first.facts().slots());
    this.restorer = new ChainRestorer(this.first, chainLog, last, shape.batchRows());
    this.linker = new ChainLinker(transport, shape, first.facts(), provider, new Arrivals());
    ChainLinks now = linker.connect(onward);
    this.links = now;
    this.canShift = first.canShift() && now.stages().stream().allMatch(each -> each.canShift());
    this.facts = facts(first.facts(), now);
    this.meter = meter(first.facts(), shape, now);
  }

  private static ChainMeter meter(StageFacts first, ChainShape shape, ChainLinks links) {
    List<LayerRange> layers = new ArrayList<>();
    layers.add(first.layers());
    links.stages().forEach(stage -> layers.add(stage.layers()));
    return new ChainMeter(layers, first.modelLayers(), shape.rowBytes(first));
  }

  private static StageFacts facts(StageFacts first, ChainLinks links) {
    int context =
        links.stages().stream()
            .mapToInt(LinkFrame.StageState::contextTokens)
            .reduce(first.contextTokens(), Math::min);
    return new StageFacts(
        first.architecture(),
        LayerRange.all(first.modelLayers()),
        first.modelLayers(),
        first.slots(),
        context,
        first.trainedContext(),
        first.vocabularySize(),
        first.embeddingWidth(),
        first.parameters(),
        first.modelBytes(),
        first.device(),
        first.generates());
  }

  @Override
  public StageFacts facts() {
    return facts;
  }

  @Override
  public Vocabulary vocabulary() {
    return first.stage().vocabulary();
  }

  @Override
  public int stages() {
    return last + 1;
  }

  @Override
  public boolean canShift() {
    return canShift;
  }

  @Override
  public boolean canTrim() {
    return first.stage().canTrim();
  }

  @Override
  public void open(int slot, int keep, SlotOpening opening) {
    submit(new Open(slot, keep, opening));
  }

  @Override
  public boolean run(Batch batch) {
    return submit(new Run(last, false, batch.copy()));
  }

  @Override
  public void shift(int slot, int from, int to) {
    submit(new Shift(slot, from, to));
  }

  @Override
  public void trim(int slot, int length) {
    submit(new Rewind(slot, length, 0));
  }

  @Override
  public void close(int slot) {
    submit(new Close(slot));
  }

  /** Returns false if the operation was aborted, and is as if it had never been. */
  private boolean submit(LinkFrame operation) {
    if (outage != null) {
      refuse(operation, outage);
      return true;
    }
    ChainLinks now = links;
    long beganNanos = System.nanoTime();
    if (now != null && !first.perform(operation, now)) {
      return false;
    }
    chainLog.sent(new Sent(operation, true, beganNanos));
    return true;
  }

  private void refuse(LinkFrame operation, EngineException reason) {
    if (operation instanceof Open open) {
      outcomes.add(new Outcome.Opened(open.slot(), 0, Optional.of(reason)));
    } else if (operation instanceof Run) {
      outcomes.add(new Outcome.Failed(reason));
    }
  }

  @Override
  public void abort() {
    first.abort();
  }

  @Override
  public Optional<Outcome> poll() {
    Runnable arrival = arrivals.poll();
    while (arrival != null) {
      arrival.run();
      arrival = arrivals.poll();
    }
    return Optional.ofNullable(outcomes.poll());
  }

  @Override
  public void onArrival(Runnable action) {
    wake = action;
  }

  private void answered(ChainLinks from, LinkFrame answer, long arrivedNanos) {
    if (from != links) {
      return; // Of links given up: the operation is answered once more.
    }
    restoresInARow = 0;
    Sent sent = chainLog.nextAnswered();
    boolean told = sent.told();
    switch (answer) {
      case LinkFrame.Opened opened when sent.operation() instanceof Open open -> {
        if (told) {
          opened(open, opened);
        }
      }
      case LinkFrame.Computed computed when sent.operation() instanceof Run run -> {
        measure(run.batch(), computed.spans(), arrivedNanos - sent.beganNanos());
        DraftTally drafts = chainLog.computed(run.batch(), computed.choices());
        meter.drafted(drafts.drafted(), drafts.accepted());
        outcomes.add(new Outcome.Computed(computed.choices()));
      }
      case LinkFrame.Failed(EngineException failure) when sent.operation() instanceof Run run -> {
        chainLog.failed(run.batch());
        outcomes.add(new Outcome.Failed(failure));
      }
      default -> throw new IllegalStateException("%s answers %s".formatted(answer, sent));
    }
  }

  private void measure(Batch batch, List<StageSpan> spans, long tripNanos) {
    ChainLinks now = links;
    if (now == null || spans.isEmpty()) {
      return;
    }
    List<StageSpan> all = new ArrayList<>(spans);
    all.addLast(all.removeLast().withRoundTrip(now.answerNanos()));
    meter.computed(batch.size(), batch.generates(), tripNanos, all);
  }

  private void opened(Open open, LinkFrame.Opened opened) {
    ChainLinks now = links;
    if (opened.kept() < open.keep() && now != null) {
      first.truncate(open.slot(), 0);
      first.pass(new Rewind(open.slot(), 0, last), now);
    }
    chainLog.opened(open, opened);
    outcomes.add(new Outcome.Opened(open.slot(), opened.kept(), opened.refusal()));
  }

  private void lost(ChainLinks from, int stage, EngineException reason) {
    if (from != links) {
      from.lost(new StageProvider.Loss(stage, reason, 0));
      return;
    }
    relink(new StageProvider.Loss(stage, reason, 0));
    from.close();
  }

  private void relink(StageProvider.Loss loss) {
    log.warn("stage {} is lost: {}", loss.stage(), loss.reason().getMessage());
    lostNanos = System.nanoTime();
    links = null;
    linker.restore(loss);
  }

  private void restored(ChainLinks now) {
    links = now;
    outage = null;
    StageProvider.Loss loss = now.loss();
    if (loss != null) {
      now.close();
      relink(loss);
      return;
    }
    restorer.restore(now, restoresInARow++ > 0);
    long pauseNanos = System.nanoTime() - lostNanos;
    meter.recovered(pauseNanos);
    log.info("the chain is whole again after {} ms", pauseNanos / 1_000_000);
  }

  private void gaveUp(EngineException reason) {
    outage = reason;
    chainLog.takeUnanswered().stream()
        .filter(Sent::told)
        .forEach(sent -> refuse(sent.operation(), reason));
    chainLog.emptied();
  }

  @Override
  public List<float[]> embed(List<int[]> sequences) {
    throw new EngineException(
        EngineFailure.UNSUPPORTED, "a model in several stages gives no embeddings");
  }

  @Override
  public ChainFigures figures() {
    return meter.figures();
  }

  @Override
  public void close() {
    linker.close();
    ChainLinks now = links;
    if (now != null) {
      now.close();
    }
    first.close();
  }

  /** Brings what happens on other threads to the compute thread. */
  private final class Arrivals implements ChainLinker.Listener {
    @Override
    public void answered(ChainLinks from, LinkFrame answer, long arrivedNanos) {
      arrive(() -> LinkedChain.this.answered(from, answer, arrivedNanos));
    }

    @Override
    public void lost(ChainLinks from, int stage, EngineException reason) {
      arrive(() -> LinkedChain.this.lost(from, stage, reason));
    }

    @Override
    public void restored(ChainLinks now) {
      arrive(() -> LinkedChain.this.restored(now));
    }

    @Override
    public void gaveUp(EngineException reason) {
      arrive(() -> LinkedChain.this.gaveUp(reason));
    }

    private void arrive(Runnable arrival) {
      arrivals.add(arrival);
      wake.run();
    }
  }
}
