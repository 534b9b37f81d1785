package dev.flotilla.engine;

import dev.flotilla.engine.Sequence.Credit;
import dev.flotilla.engine.Sequence.Queued;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SlotTable.Slot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching: every step evaluates one token of each session that generates, or a slice of
 * the prompts that are still being read, in one run of the stage. Sessions join and leave between
 * steps.
 *
 * <p>Confined to the compute thread. What happens to sessions goes to a {@link SessionSink}.
 */
public final class BatchScheduler {
  /**
   * Prompt tokens per run of a deterministic session: fixed, so that every run has the same shapes.
   */
  private static final int DETERMINISTIC_SLICE = 32;

  /** Rows computed at once; slices beyond it only delay other work. */
  private static final int MAX_SLICE = 512;

  /**
   * First tokens that a context shift keeps: attention rests on them (Xiao et al. 2023,
   * arXiv:2309.17453).
   */
  private static final int ATTENTION_SINKS = 4;

  private static final int[] NOTHING = {};

  private final Stage stage;
  private final EngineOptions options;
  private final SessionSink sink;
  private final LongSupplier nanoClock;
  private final SlotTable slots;
  private final PrefillShare prefillShare;
  private final Batch batch;
  private final Deque<Queued> queue = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  private final Map<Long, Credit> credits = new HashMap<>();
  private int turn;

  /**
   * A scheduler without sessions.
   *
   * @param stage the stage to run; it stays the caller's to close
   * @param nanoClock a clock as {@link System#nanoTime}
   */
  public BatchScheduler(
      Stage stage, EngineOptions options, SessionSink sink, LongSupplier nanoClock) {
    this.stage = stage;
    this.options = options;
    this.sink = sink;
    this.nanoClock = nanoClock;
    this.slots = new SlotTable(stage.facts().slots());
    this.batch = new Batch(options.batchTokens());
    this.prefillShare = new PrefillShare(Math.min(MAX_SLICE, options.batchTokens()));
  }

  /**
   * Adds a session, which waits for a slot if it must. A refusal goes to the sink.
   *
   * @param session a number of the caller's choice, unused so far
   * @param prompt the request's prompt, tokenised
   * @param credit events it may emit before {@link #grant} allows more
   */
  public void open(long session, SessionRequest request, int[] prompt, int credit) {
    Optional<EngineException> refusal = refusal(request, prompt);
    if (refusal.isPresent()) {
      sink.failed(session, refusal.get());
      return;
    }
    Credit shared = new Credit(credit);
    credits.put(session, shared);
    queue.addLast(
        new Queued(
            session, request, prompt, input(request, prompt), shared, nanoClock.getAsLong()));
    admit();
  }

  /**
   * The tokens to read in slices. Those of a resumption are replayed as they were generated, one in
   * a step, where the shapes of batches, the logits on the way, or shifts of the context matter.
   */
  private int[] input(SessionRequest request, int[] prompt) {
    int[] resumed = request.resumption().tokens();
    boolean oneByOne =
        request.deterministic()
            || request.sampling().mirostat().isPresent()
            || prompt.length + resumed.length > stage.facts().contextTokens();
    if (oneByOne || resumed.length == 0) {
      return prompt;
    }
    int[] input = Arrays.copyOf(prompt, prompt.length + resumed.length);
    System.arraycopy(resumed, 0, input, prompt.length, resumed.length);
    return input;
  }

  private Optional<EngineException> refusal(SessionRequest request, int[] prompt) {
    int context = stage.facts().contextTokens();
    if (!stage.facts().generates()) {
      return refusal(
          EngineFailure.UNSUPPORTED, "model", "this model gives embeddings and generates no text");
    }
    if (prompt.length == 0) {
      return refusal(EngineFailure.INVALID_REQUEST, "prompt", "prompt has no tokens");
    }
    if (prompt.length >= context) {
      return refusal(
          EngineFailure.CONTEXT_EXCEEDED,
          "prompt",
          "prompt has "
              + prompt.length
              + " tokens; the context of "
              + context
              + " leaves no room for an answer (--context-size sets it)");
    }
    Optional<EngineException> unknown =
        unknownToken("prompt", prompt)
            .or(() -> unknownToken("resumption", request.resumption().tokens()));
    if (unknown.isPresent()) {
      return unknown;
    }
    if (slots.taken() == slots.size() && queue.size() >= options.queueLimit()) {
      return refusal(
          EngineFailure.QUEUE_FULL,
          null,
          "all "
              + slots.size()
              + " slots are busy and "
              + queue.size()
              + " requests are waiting already");
    }
    return Optional.empty();
  }

  private Optional<EngineException> unknownToken(String field, int[] tokens) {
    int vocabulary = stage.facts().vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        return refusal(
            EngineFailure.INVALID_REQUEST,
            field,
            field + " has token " + token + ", outside the vocabulary of " + vocabulary);
      }
    }
    return Optional.empty();
  }

  private static Optional<EngineException> refusal(
      EngineFailure failure, @Nullable String field, String message) {
    return Optional.of(new EngineException(failure, field, message));
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
    return running.size();
  }

  /** Sessions that wait for one. */
  public int queuedSessions() {
    return queue.size();
  }

  /** The sessions that the next step may evaluate; none if a step would do nothing. */
  public List<Long> runnableSessions() {
    List<Long> runnable = new ArrayList<>(running.size());
    for (Sequence sequence : running) {
      if (sequence.promptLeft() > 0 || sequence.canDecode()) {
        runnable.add(sequence.id());
      }
    }
    return runnable;
  }

  /**
   * Runs one step. Blocks until it is computed. Without anything runnable it does nothing.
   *
   * <p>Deterministic sessions are evaluated by themselves, each in its turn; all others together.
   */
  public void step() {
    List<Sequence> together = new ArrayList<>(running.size());
    List<Sequence> alone = new ArrayList<>(0);
    for (Sequence sequence : running) {
      if (sequence.promptLeft() > 0 || sequence.canDecode()) {
        (sequence.deterministic() ? alone : together).add(sequence);
      }
    }
    // A stage computes sequences of one batch in one pass only if they lie in consecutive slots.
    together.sort(Comparator.comparingInt(sequence -> sequence.slot().index()));
    int turns = alone.size() + (together.isEmpty() ? 0 : 1);
    if (turns == 0) {
      return;
    }
    int next = turn++ % turns;
    try {
      if (next < alone.size()) {
        stepAlone(alone.get(next));
      } else {
        stepTogether(together);
      }
    } finally {
      admit();
      sink.flush();
    }
  }

  private void stepAlone(Sequence sequence) {
    int left = sequence.promptLeft();
    if (left > 0) {
      prefill(List.of(sequence), new int[] {Math.min(left, DETERMINISTIC_SLICE)});
    } else {
      decode(List.of(sequence));
    }
  }

  private void stepTogether(List<Sequence> sequences) {
    List<Sequence> reading = sequences.stream().filter(each -> each.promptLeft() > 0).toList();
    List<Sequence> generating = sequences.stream().filter(Sequence::canDecode).toList();
    long startNanos = nanoClock.getAsLong();
    if (reading.isEmpty()) {
      decode(generating);
      return;
    }
    int budget = prefillShare.tokens(!generating.isEmpty());
    if (budget == 0) {
      decode(generating);
      prefillShare.decoded(nanoClock.getAsLong() - startNanos);
      return;
    }
    int[] remaining = reading.stream().mapToInt(Sequence::promptLeft).toArray();
    int evaluated = prefill(reading, PrefillShare.divide(budget, remaining));
    if (evaluated > 0) {
      prefillShare.prefilled(evaluated, nanoClock.getAsLong() - startNanos, !generating.isEmpty());
    }
  }

  /**
   * Reads the next tokens of some prompts; returns how many, 0 if the run was aborted or failed.
   */
  private int prefill(List<Sequence> sequences, int[] counts) {
    batch.clear();
    int[] outputRows = new int[counts.length];
    for (int i = 0; i < counts.length; i++) {
      outputRows[i] = sequences.get(i).addPrompt(batch, counts[i]);
    }
    if (!run(sequences)) {
      return 0;
    }
    for (int i = 0; i < counts.length; i++) {
      Sequence sequence = sequences.get(i);
      sequence.promptEvaluated(counts[i]);
      if (outputRows[i] >= 0) {
        choose(sequence, outputRows[i]);
      }
    }
    return batch.size();
  }

  /** Generates one token for each of some sequences. */
  private void decode(List<Sequence> sequences) {
    List<Sequence> fitting = sequences.stream().filter(this::makeRoom).toList();
    if (fitting.isEmpty()) {
      return;
    }
    batch.clear();
    int[] rows = new int[fitting.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = fitting.get(i).addNext(batch);
    }
    if (!run(fitting)) {
      return;
    }
    for (int i = 0; i < rows.length; i++) {
      fitting.get(i).nextEvaluated();
      choose(fitting.get(i), rows[i]);
    }
  }

  /** Makes sure that the next token has a position; a session that can't have one ends. */
  private boolean makeRoom(Sequence sequence) {
    int used = sequence.slot().cached().size();
    if (used < stage.facts().contextTokens()) {
      return true;
    }
    if (shifts()) {
      sequence.shift(stage, ATTENTION_SINKS, ATTENTION_SINKS + (used - ATTENTION_SINKS) / 2);
      return true;
    }
    finish(sequence, FinishReason.LENGTH);
    return false;
  }

  private boolean shifts() {
    return options.contextShift() && stage.canShift();
  }

  private boolean run(List<Sequence> sequences) {
    try {
      return stage.run(batch);
    } catch (EngineException e) {
      for (Sequence sequence : sequences) {
        fail(sequence, e);
      }
      return false;
    }
  }

  private void choose(Sequence sequence, int row) {
    try {
      sequence
          .choose(row, stage.vocabulary(), nanoClock.getAsLong())
          .ifPresent(generated -> sink.event(sequence.id(), generated));
      FinishReason reason = sequence.finished(stage.vocabulary());
      if (reason != null) {
        finish(sequence, reason);
      }
    } catch (EngineException e) {
      fail(sequence, e);
    }
  }

  private void finish(Sequence sequence, FinishReason reason) {
    sequence.rest().ifPresent(generated -> sink.event(sequence.id(), generated));
    sink.event(sequence.id(), new Finished(reason, sequence.usage(nanoClock.getAsLong())));
    release(sequence);
  }

  private void fail(Sequence sequence, EngineException failure) {
    sink.failed(sequence.id(), failure);
    sequence.slot().cached().truncate(0);
    release(sequence);
  }

  private void release(Sequence sequence) {
    running.remove(sequence);
    credits.remove(sequence.id());
    sequence.sampler().close();
    if (!options.prefixCache() || !sequence.reusable()) {
      sequence.slot().cached().truncate(0);
    }
    slots.release(sequence.slot());
  }

  /** Gives idle slots to waiting sessions, first come first served. */
  private void admit() {
    while (!queue.isEmpty() && slots.taken() < slots.size()) {
      Queued next = queue.removeFirst();
      boolean reuse =
          options.prefixCache() && next.request().cachePrompt() && !next.request().deterministic();
      Slot slot = slots.take(reuse ? next.input() : NOTHING).orElseThrow();
      try {
        start(next, slot, reuse);
      } catch (EngineException e) {
        slot.cached().truncate(0);
        slots.release(slot);
        credits.remove(next.id());
        sink.failed(next.id(), e);
      }
    }
  }

  private void start(Queued next, Slot slot, boolean reuse) {
    Sampler sampler = stage.sampler(next.request().sampling());
    try {
      start(next, slot, sampler, reuse);
    } catch (EngineException e) {
      sampler.close();
      throw e;
    }
  }

  private void start(Queued next, Slot slot, Sampler sampler, boolean reuse) {
    int[] input = next.input();
    // The last token is always evaluated: its logits choose the first token of what follows.
    int common = reuse ? Math.min(slot.cached().commonPrefix(input), input.length - 1) : 0;
    int cached = stage.truncate(slot.index(), common) ? common : 0;
    slot.cached().truncate(cached);
    int[] prompt = next.prompt();
    int lookBack = next.request().sampling().repeatLastN();
    int from = lookBack < 0 ? 0 : Math.max(0, prompt.length - lookBack);
    for (int i = from; i < prompt.length; i++) {
      sampler.observe(prompt[i]);
    }
    Sequence sequence = new Sequence(next, slot, sampler, cached, nanoClock.getAsLong());
    sequence.resume(stage.vocabulary());
    running.add(sequence);
    sink.event(next.id(), new Admitted(prompt.length, Math.min(cached, prompt.length)));
    int mostTokens = shifts() ? Integer.MAX_VALUE : stage.facts().contextTokens();
    FinishReason over = sequence.over(stage.vocabulary(), mostTokens);
    if (over != null) {
      finish(sequence, over);
    }
  }
}
