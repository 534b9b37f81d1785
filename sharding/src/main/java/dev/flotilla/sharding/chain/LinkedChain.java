package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StageOperations;
import dev.flotilla.engine.Vocabulary;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.ChainMeter;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

  /** Rows of a replayed batch: small enough for all stages to work at once. */
  private static final int REPLAY_ROWS = 128;

  private final Stage first;
  private final StageOperations operations;
  private final ChainShape shape;
  private final ChainLinker linker;
  private final StageFacts facts;
  private final ChainMeter meter;
  private final int last;
  private final SlotLog[] slots;
  private final Deque<Sent> unanswered = new ArrayDeque<>();
  private final Queue<Outcome> outcomes = new ArrayDeque<>();
  private final Queue<Runnable> arrivals = new ConcurrentLinkedQueue<>();
  private volatile Runnable wake = () -> {};
  private boolean canShift;
  private @Nullable ChainLinks links;
  private @Nullable EngineException outage;
  private int restoresInARow;
  private long lostNanos;

  /**
   * An operation that the last stage has not answered.
   *
   * @param told whether the scheduler waits for the answer; it does not for what restores a slot
   * @param beganNanos when the first stage began it
   */
  private record Sent(LinkFrame operation, boolean told, long beganNanos) {}

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
    this.first = first;
    this.operations = new StageOperations(first);
    this.shape = shape;
    this.last = onward.size();
    this.slots = new SlotLog[first.facts().slots()];
    for (int slot = 0; slot < slots.length; slot++) {
      slots[slot] = new SlotLog();
    }
    this.linker = new ChainLinker(transport, shape, first.facts(), provider, new Arrivals());
    ChainLinks now = linker.connect(onward);
    this.links = now;
    this.canShift = first.canShift() && now.stages().stream().allMatch(each -> each.canShift());
    this.facts = facts(first.facts(), now);
    this.meter = meter(now);
  }

  private ChainMeter meter(ChainLinks now) {
    List<LayerRange> layers = new ArrayList<>();
    layers.add(first.facts().layers());
    now.stages().forEach(stage -> layers.add(stage.layers()));
    return new ChainMeter(layers, first.facts().modelLayers(), shape.rowBytes(first.facts()));
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
    return first.vocabulary();
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
    if (now != null && !perform(operation, now)) {
      return false;
    }
    unanswered.add(new Sent(operation, true, beganNanos));
    return true;
  }

  private void refuse(LinkFrame operation, EngineException reason) {
    if (operation instanceof Open open) {
      outcomes.add(new Outcome.Opened(open.slot(), 0, Optional.of(reason)));
    } else if (operation instanceof Run) {
      outcomes.add(new Outcome.Failed(reason));
    }
  }

  /** Does what the first stage does, and passes the operation on. */
  private boolean perform(LinkFrame operation, ChainLinks now) {
    LinkFrame passedOn = operation;
    try {
      switch (operation) {
        case Open(int slot, int keep, SlotOpening opening) -> {
          int kept = operations.open(slot, keep, opening) ? keep : 0;
          passedOn = new Open(slot, kept, opening);
        }
        case Run run -> {
          long beganNanos = System.nanoTime();
          if (!operations.run(run.batch())) {
            return false;
          }
          long nanos = System.nanoTime() - beganNanos;
          passedOn = run.after(new StageSpan(0, nanos, now.onwardNanos()));
        }
        case Shift(int slot, int from, int to) -> operations.shift(slot, from, to);
        case Close(int slot) -> operations.close(slot);
        default -> throw new IllegalArgumentException("no operation: " + operation);
      }
    } catch (EngineException e) {
      passedOn = new LinkFrame.Failed(e);
    }
    send(passedOn, now);
    return true;
  }

  /** Sends an operation; if the link is lost, it is sent again over the next. */
  private static void send(LinkFrame operation, ChainLinks now) {
    try {
      now.send(operation);
    } catch (IOException e) {
      log.debug("the second stage takes no operations: {}", e.toString());
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
    Sent sent = nextAnswered();
    boolean told = sent.told();
    switch (answer) {
      case LinkFrame.Opened opened when sent.operation() instanceof Open open -> {
        if (told) {
          opened(open, opened);
        }
      }
      case LinkFrame.Computed computed when sent.operation() instanceof Run run -> {
        measure(run.batch(), computed.spans(), arrivedNanos - sent.beganNanos());
        computed(run.batch(), computed);
      }
      case LinkFrame.Failed(EngineException failure) when sent.operation() instanceof Run run -> {
        for (int row = 0; row < run.batch().size(); row++) {
          slots[run.batch().slot(row)].emptied();
        }
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

  /** The oldest operation that has an answer; those before it have none, and are over. */
  private Sent nextAnswered() {
    while (true) {
      Sent sent = unanswered.remove();
      if (sent.operation() instanceof Open || sent.operation() instanceof Run) {
        return sent;
      }
      confirm(sent.operation());
    }
  }

  private void confirm(LinkFrame operation) {
    switch (operation) {
      case Shift(int slot, int from, int to) -> slots[slot].shifted(from, to);
      case Close(int slot) -> slots[slot].closed();
      default -> throw new IllegalStateException("not without an answer: " + operation);
    }
  }

  private void opened(Open open, LinkFrame.Opened opened) {
    ChainLinks now = links;
    if (opened.kept() < open.keep() && now != null) {
      operations.truncate(open.slot(), 0);
      send(new Rewind(open.slot(), 0, last), now);
    }
    if (opened.refusal().isPresent()) {
      slots[open.slot()].emptied();
    } else {
      slots[open.slot()].opened(open.opening(), opened.kept());
    }
    outcomes.add(new Outcome.Opened(open.slot(), opened.kept(), opened.refusal()));
  }

  private void computed(Batch batch, LinkFrame.Computed computed) {
    int choice = 0;
    for (int row = 0; row < batch.size(); ) {
      int slot = batch.slot(row);
      int end = row;
      while (end < batch.size() && batch.slot(end) == slot) {
        end++;
      }
      slots[slot].computed(batch, row, end - row);
      for (; row < end; row++) {
        if (batch.output(row)) {
          slots[slot].chose(batch.replay(row), computed.choices().get(choice++));
        }
      }
    }
    outcomes.add(new Outcome.Computed(computed.choices()));
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
    boolean whole = restoresInARow++ > 0;
    List<Sent> again = unanswered.stream().filter(Sent::told).toList();
    unanswered.clear();
    for (int slot = 0; slot < slots.length; slot++) {
      restore(slot, now, whole);
    }
    for (Sent sent : again) {
      long beganNanos = System.nanoTime();
      performSurely(sent.operation(), now);
      unanswered.add(new Sent(sent.operation(), true, beganNanos));
    }
    long pauseNanos = System.nanoTime() - lostNanos;
    meter.recovered(pauseNanos);
    log.info("the chain is whole again after {} ms", pauseNanos / 1_000_000);
  }

  /**
   * Brings a slot in all stages to what its log says.
   *
   * @param whole whether to trust nothing that stages still hold
   */
  private void restore(int slot, ChainLinks now, boolean whole) {
    SlotLog state = slots[slot];
    SlotOpening session = state.session();
    int lacking = whole ? last : lacking(slot, state.length(), now);
    if (session == null && lacking >= 0) {
      // Nobody waits for it: what is not there any more is not worth the time.
      state.emptied();
      lacking = last;
    }
    int length = state.length();
    if (!operations.truncate(slot, lacking >= 0 ? 0 : length)) {
      lacking = 0;
    }
    send(new Rewind(slot, length, lacking), now);
    if (session == null) {
      return;
    }
    if (lacking >= 0) {
      for (Batch batch : state.replay(slot, Math.min(shape.batchRows(), REPLAY_ROWS))) {
        replay(new Run(lacking, true, batch), now);
      }
    }
    Open open = new Open(slot, length, session);
    long beganNanos = System.nanoTime();
    perform(open, now);
    unanswered.add(new Sent(open, false, beganNanos));
  }

  private void replay(Run run, ChainLinks now) {
    if (run.through() > 0) {
      performSurely(run, now);
    } else {
      computeSurely(run.batch());
    }
  }

  private void performSurely(LinkFrame operation, ChainLinks now) {
    while (!perform(operation, now)) {
      log.debug("computed once more: it was aborted for another session's sake");
    }
  }

  private void computeSurely(Batch batch) {
    while (!operations.run(batch)) {
      log.debug("computed once more: it was aborted for another session's sake");
    }
  }

  /** The last stage that lacks positions of a slot, or -1. */
  private static int lacking(int slot, int length, ChainLinks now) {
    for (int stage = now.stages().size(); stage > 0; stage--) {
      if (now.stages().get(stage - 1).lengths()[slot] < length) {
        return stage;
      }
    }
    return -1;
  }

  private void gaveUp(EngineException reason) {
    outage = reason;
    unanswered.forEach(sent -> {
      if (sent.told()) {
        refuse(sent.operation(), reason);
      }
    });
    unanswered.clear();
    for (SlotLog slot : slots) {
      slot.emptied();
    }
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
    operations.closeAll();
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
