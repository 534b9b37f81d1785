package dev.flotilla.engine;

import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SlotTable.Slot;
import dev.flotilla.engine.StageChain.Outcome;
import dev.flotilla.engine.StageChain.Outcome.Computed;
import dev.flotilla.engine.StageChain.Outcome.Failed;
import dev.flotilla.engine.StageChain.Outcome.Opened;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.Step.Output;
import dev.flotilla.engine.StepPlanner.Plan.Decode;
import dev.flotilla.engine.StepPlanner.Plan.Idle;
import dev.flotilla.engine.StepPlanner.Plan.Prefill;
import dev.flotilla.engine.StepPlanner.Plan.Wait;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * Continuous batching: every step evaluates one token of each session that generates, or a slice of
 * the prompts that are still being read, in one run of the stages. Sessions join and leave between
 * steps.
 *
 * <p>Where a model has several stages, several steps are in flight: sessions generate in as many
 * groups as there are stages, and slices of a prompt follow each other. What becomes of a step is
 * handled when it has come back; what is done to a slot meanwhile takes effect after it.
 *
 * <p>Confined to the compute thread. What happens to sessions goes to a {@link SessionSink}.
 */
public final class BatchScheduler {
  /**
   * First tokens that a context shift keeps: attention rests on them (Xiao et al. 2023,
   * arXiv:2309.17453).
   */
  private static final int ATTENTION_SINKS = 4;

  private static final int[] NOTHING = {};

  private final StageChain chain;
  private final EngineOptions options;
  private final SessionSink sink;
  private final LongSupplier nanoClock;
  private final SlotTable slots;
  private final StepPlanner planner;
  private final Speculator speculator;
  private final Batch batch;
  private final int depth;
  private final Deque<QueuedSession> queue = new ArrayDeque<>();

  /** Sessions whose slots are being made ready in all stages. */
  private final Queue<Sequence> openings = new ArrayDeque<>();

  private final List<Sequence> running = new ArrayList<>();
  private final Queue<Step> inFlight = new ArrayDeque<>();
  private final Map<Long, Credit> credits = new HashMap<>();
  private long lastCompletedNanos;
  private boolean waitsForStep;

  /**
   * A scheduler without sessions.
   *
   * @param chain the stages to run; they stay the caller's to close
   * @param nanoClock a clock as {@link System#nanoTime}
   */
  public BatchScheduler(
      StageChain chain, EngineOptions options, SessionSink sink, LongSupplier nanoClock) {
    this.chain = chain;
    this.options = options;
    this.sink = sink;
    this.nanoClock = nanoClock;
    this.slots = new SlotTable(chain.facts().slots());
    this.batch = new Batch(options.batchTokens());
    this.depth = chain.stages() == 1 ? 1 : chain.stages() + 1;
    this.planner = new StepPlanner(chain.stages(), options.batchTokens());
    this.speculator = new Speculator(chain, options.speculation());
  }

  /**
   * Adds a session, which waits for a slot if it must. A refusal goes to the sink.
   *
   * @param session a number of the caller's choice, unused so far
   * @param prompt the request's prompt, tokenised
   * @param credit events it may emit before {@link #grant} allows more
   */
  public void open(long session, SessionRequest request, int[] prompt, int credit) {
    Optional<EngineException> refusal =
        RequestCheck.refusal(chain.facts(), request, prompt).or(this::queueFull);
    if (refusal.isPresent()) {
      sink.failed(session, refusal.get());
      return;
    }
    Credit shared = new Credit(credit);
    credits.put(session, shared);
    int contextTokens = chain.facts().contextTokens();
    queue.addLast(
        QueuedSession.of(session, request, prompt, contextTokens, shared, nanoClock.getAsLong()));
    admit();
  }

  private Optional<EngineException> queueFull() {
    return slots.taken() < slots.size() || queue.size() < options.queueLimit()
        ? Optional.empty()
        : Optional.of(
            new EngineException(
                EngineFailure.QUEUE_FULL,
                "all %d slots are busy and %d requests are waiting already"
                    .formatted(slots.size(), queue.size())));
  }

  /** Allows a session more events. Unknown sessions are ignored: they may just have ended. */
  public void grant(long session, int events) {
    Credit credit = credits.get(session);
    if (credit != null) {
      credit.grant(events);
    }
  }

  /**
   * Ends a session without a further event. Unknown sessions are ignored: they may just have ended.
   */
  public void cancel(long session) {
    queue.removeIf(queued -> queued.id() == session);
    credits.remove(session);
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.id() == session) {
        release(sequence);
      }
    }
    admit();
  }

  /** Sessions that hold a slot. */
  public int runningSessions() {
    return running.size() + openings.size();
  }

  /** Sessions that wait for one. */
  public int queuedSessions() {
    return queue.size();
  }

  /** The sessions that the next step may evaluate; none if a step would do nothing. */
  public List<Long> runnableSessions() {
    if (inFlight.size() >= depth || waitsForStep) {
      return List.of();
    }
    return running.stream().filter(Sequence::runnable).map(Sequence::id).toList();
  }

  /**
   * Handles what has come back, and sends one more step. Blocks while the first stage computes it.
   * Without anything to do it does nothing.
   */
  public void step() {
    try {
      receive();
      if (inFlight.size() < depth) {
        send();
        receive();
      }
    } finally {
      admit();
      sink.flush();
    }
  }

  private void send() {
    boolean sliceInFlight = inFlight.stream().anyMatch(step -> step.promptTokens() > 0);
    switch (planner.next(running, sliceInFlight)) {
      case Prefill(var sequences, var counts, var contended) ->
          prefill(sequences, counts, contended);
      case Decode(var sequences, var contended) -> decode(sequences, contended);
      case Wait() -> waitsForStep = true;
      case Idle() -> {}
    }
  }

  /** Reads the next tokens of some prompts. */
  private void prefill(List<Sequence> sequences, int[] counts, boolean contended) {
    batch.clear();
    List<Output> outputs = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0 && sequences.get(i).addPrompt(batch, counts[i])) {
        outputs.add(Output.plain(sequences.get(i)));
      }
    }
    if (run(sequences, outputs, batch.size(), contended)) {
      for (int i = 0; i < counts.length; i++) {
        sequences.get(i).promptSent(counts[i]);
      }
    }
  }

  /** Generates a token for each of some sequences, and more where a guess is right. */
  private void decode(List<Sequence> sequences, boolean contended) {
    List<Sequence> fitting = sequences.stream().filter(this::makeRoom).toList();
    if (fitting.isEmpty()) {
      return;
    }
    batch.clear();
    int generating = (int) running.stream().filter(Sequence::generates).count();
    List<Output> outputs =
        contended ? Output.plain(fitting) : speculator.draft(fitting, generating, batch.room());
    outputs.forEach(output -> output.sequence().addNext(batch, output.draft()));
    if (run(fitting, outputs, 0, contended)) {
      outputs.forEach(output -> output.sequence().nextSent(output.draft()));
    }
  }

  /** Makes sure that the next token has a position; a session that can't have one ends. */
  private boolean makeRoom(Sequence sequence) {
    int used = sequence.slot().cached().size();
    if (used < chain.facts().contextTokens()) {
      return true;
    }
    if (shifts()) {
      sequence.shift(chain, ATTENTION_SINKS, ATTENTION_SINKS + (used - ATTENTION_SINKS) / 2);
      return true;
    }
    finish(sequence, FinishReason.LENGTH);
    return false;
  }

  private boolean shifts() {
    return options.contextShift() && chain.canShift();
  }

  private boolean run(
      List<Sequence> sequences, List<Output> outputs, int promptTokens, boolean contended) {
    long sentNanos = nanoClock.getAsLong();
    boolean sent = chain.run(batch);
    if (sent) {
      inFlight.add(new Step(sequences, outputs, promptTokens, contended, sentNanos));
    }
    return sent;
  }

  private void receive() {
    Optional<Outcome> outcome = chain.poll();
    while (outcome.isPresent()) {
      switch (outcome.get()) {
        case Opened opened -> opened(openings.remove(), opened);
        case Computed(List<RowChoice> choices) -> computed(inFlight.remove(), choices);
        case Failed(EngineException failure) -> failed(inFlight.remove(), failure);
      }
      outcome = chain.poll();
    }
  }

  private void computed(Step step, List<RowChoice> choices) {
    waitsForStep = false;
    account(step);
    int row = 0;
    for (Output output : step.outputs()) {
      int rows = 1 + output.draft().length;
      // A session that was cancelled meanwhile is told nothing any more.
      if (running.contains(output.sequence())) {
        chosen(output.sequence(), choices.subList(row, row + rows));
      }
      row += rows;
    }
  }

  private void failed(Step step, EngineException failure) {
    waitsForStep = false;
    step.sequences().stream()
        .filter(running::contains)
        .forEach(sequence -> fail(sequence, failure));
  }

  /** A step takes the time since it was sent, or since the one before it came back. */
  private void account(Step step) {
    long nowNanos = nanoClock.getAsLong();
    long nanos = nowNanos - Math.max(step.sentNanos(), lastCompletedNanos);
    lastCompletedNanos = nowNanos;
    planner.took(step, nanos);
    if (step.promptTokens() == 0 && !step.contended()) {
      speculator.took(step.drafts(), nowNanos - step.sentNanos());
    }
  }

  private void chosen(Sequence sequence, List<RowChoice> choices) {
    int count = (int) choices.stream().takeWhile(choice -> !choice.isSkipped()).count();
    if (count == 0) {
      fail(sequence, new EngineException(EngineFailure.INTERNAL, "no token was chosen"));
      return;
    }
    sequence.draftVerified(count - 1, chain);
    for (int i = 0; i < count && running.contains(sequence); i++) {
      chosen(sequence, choices.get(i));
    }
  }

  private void chosen(Sequence sequence, RowChoice chosen) {
    if (chosen.failure().isPresent()) {
      fail(sequence, chosen.failure().get());
      return;
    }
    sequence
        .chosen(chosen.choice(), chain.vocabulary(), nanoClock.getAsLong())
        .ifPresent(generated -> sink.event(sequence.id(), generated));
    FinishReason reason = sequence.finished(chain.vocabulary());
    if (reason != null) {
      finish(sequence, reason);
    }
  }

  private void finish(Sequence sequence, FinishReason reason) {
    sequence.rest().ifPresent(generated -> sink.event(sequence.id(), generated));
    sink.event(sequence.id(), new Finished(reason, sequence.usage(nanoClock.getAsLong())));
    release(sequence);
  }

  private void fail(Sequence sequence, EngineException failure) {
    sink.failed(sequence.id(), failure);
    release(sequence);
    sequence.slot().cached().truncate(0);
  }

  private void release(Sequence sequence) {
    running.remove(sequence);
    sequence.forgetDraft();
    credits.remove(sequence.id());
    chain.close(sequence.slot().index());
    if (!options.prefixCache() || !sequence.reusable()) {
      sequence.slot().cached().truncate(0);
    }
    slots.release(sequence.slot());
  }

  /** Gives idle slots to waiting sessions, first come first served. */
  private void admit() {
    while (!queue.isEmpty() && slots.taken() < slots.size()) {
      QueuedSession next = queue.removeFirst();
      boolean reuse =
          options.prefixCache() && next.request().cachePrompt() && !next.request().deterministic();
      Slot slot = slots.take(reuse ? next.input() : NOTHING).orElseThrow();
      Sequence sequence = new Sequence(next, slot);
      Optional<EngineException> refusal = sequence.resume(chain.vocabulary());
      if (refusal.isPresent()) {
        slots.release(slot);
        credits.remove(next.id());
        sink.failed(next.id(), refusal.get());
        continue;
      }
      int[] input = next.input();
      // The last token is always evaluated: its logits choose the first token of what follows.
      int common = reuse ? Math.min(slot.cached().commonPrefix(input), input.length - 1) : 0;
      slot.cached().truncate(common);
      openings.add(sequence);
      chain.open(slot.index(), common, next.opening());
      receive();
    }
  }

  private void opened(Sequence sequence, Opened opened) {
    long session = sequence.id();
    Slot slot = sequence.slot();
    slot.cached().truncate(opened.kept());
    boolean cancelled = !credits.containsKey(session);
    if (cancelled || opened.refusal().isPresent()) {
      chain.close(slot.index());
      slots.release(slot);
      credits.remove(session);
      opened.refusal().filter(_ -> !cancelled).ifPresent(e -> sink.failed(session, e));
      return;
    }
    running.add(sequence);
    sink.event(session, sequence.admitted(opened.kept(), nanoClock.getAsLong()));
    int mostTokens = shifts() ? Integer.MAX_VALUE : chain.facts().contextTokens();
    FinishReason over = sequence.over(chain.vocabulary(), mostTokens);
    if (over != null) {
      finish(sequence, over);
    }
  }
}
