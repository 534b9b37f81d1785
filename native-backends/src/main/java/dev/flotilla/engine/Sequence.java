package dev.flotilla.engine;

import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SlotTable.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session that holds a slot: its tokens, how far they are evaluated, and the text not yet shown.
 */
final class Sequence {
  private final long id;
  private final SessionRequest request;
  private final Slot slot;
  private final Sampler sampler;
  private final TextAssembler text;
  private final int[] prompt;
  private final int[] input;
  private final int cachedTokens;
  private final long queuedMicros;
  private final long admittedNanos;
  private final Credit credit;
  private final List<TokenLogprob> heldLogprobs = new ArrayList<>();
  private final TokenList unreported = new TokenList();

  private int evaluated;
  private int generated;
  private int replayed;
  private boolean endShown;
  private int nextToken;
  private boolean shifted;
  private long promptReadNanos;

  /**
   * A sequence before its first token; {@link #resume} comes next.
   *
   * @param cachedTokens tokens of the input that the slot's cache holds already
   */
  Sequence(Queued queued, Slot slot, Sampler sampler, int cachedTokens, long nowNanos) {
    this.id = queued.id();
    this.request = queued.request();
    this.prompt = queued.prompt();
    this.input = queued.input();
    this.slot = slot;
    this.sampler = sampler;
    this.text = new TextAssembler(request.stop().stopStrings());
    this.cachedTokens = Math.min(cachedTokens, prompt.length);
    this.evaluated = cachedTokens;
    this.credit = queued.credit();
    this.queuedMicros = (nowNanos - queued.arrivedNanos()) / 1000;
    this.admittedNanos = nowNanos;
    this.promptReadNanos = nowNanos;
  }

  /**
   * Puts the text where the request's {@link Resumption} says that it was, and the sampler too
   * unless it is to see the logits as well.
   *
   * @throws EngineException if the answer can't have come there
   */
  void resume(Vocabulary vocabulary) {
    Resumption resumption = request.resumption();
    int shownChars = 0;
    for (int token : resumption.tokens()) {
      if (generated > 0 && (vocabulary.endsGeneration(nextToken) || text.stopped())) {
        throw Resumption.refused("it goes on after its end");
      }
      nextToken = token;
      generated++;
      if (!vocabulary.endsGeneration(token)) {
        shownChars += text.add(vocabulary.piece(token)).length();
      }
    }
    if (shownChars < resumption.shownChars()) {
      shownChars += text.finish().length();
      endShown = true;
    }
    if (shownChars != resumption.shownChars()) {
      throw Resumption.refused(
          "its tokens show %d chars, not %d".formatted(shownChars, resumption.shownChars()));
    }
    if (input.length > prompt.length) {
      while (replayed < generated) {
        replay(Sampler.NO_ROW);
      }
    }
  }

  private void replay(int row) {
    int token = request.resumption().tokens()[replayed];
    sampler.replay(row, prompt.length + replayed, token);
    nextToken = token;
    replayed++;
  }

  /** Why there is nothing to generate any more after {@link #resume}, or null. */
  @Nullable FinishReason over(Vocabulary vocabulary, int mostTokens) {
    if (generated == 0) {
      return null;
    }
    FinishReason reason = finished(vocabulary);
    if (reason == null && prompt.length + generated > mostTokens) {
      return FinishReason.LENGTH;
    }
    return reason == null && endShown ? FinishReason.STOP : reason;
  }

  long id() {
    return id;
  }

  Slot slot() {
    return slot;
  }

  Sampler sampler() {
    return sampler;
  }

  boolean deterministic() {
    return request.deterministic();
  }

  /**
   * Whether the slot's cache still holds the session's tokens, from the first on, for a later
   * prompt.
   */
  boolean reusable() {
    return request.cachePrompt() && !request.deterministic() && !shifted;
  }

  /** Drops the positions {@code [from, to)} of the context. */
  void shift(Stage stage, int from, int to) {
    stage.shift(slot.index(), from, to);
    slot.cached().remove(from, to);
    shifted = true;
  }

  /** Tokens of the prompt, and of what is resumed in slices, that are still to be read. */
  int promptLeft() {
    return Math.max(0, input.length - evaluated);
  }

  /** Whether the prompt is read and the next token may be computed. */
  boolean canDecode() {
    return promptLeft() == 0 && credit.events > 0;
  }

  /**
   * Adds the next rows of the prompt to a batch.
   *
   * @return the row that will have the logits of the first generated token, or -1 if the prompt
   *     goes on
   */
  int addPrompt(Batch batch, int count) {
    int outputRow = -1;
    for (int i = 0; i < count; i++) {
      int position = evaluated + i;
      boolean last = position == input.length - 1;
      int row = batch.add(input[position], slot.cached().size() + i, slot.index(), last);
      outputRow = last ? row : outputRow;
    }
    return outputRow;
  }

  /** Takes note that rows of the prompt were evaluated. */
  void promptEvaluated(int count) {
    for (int i = 0; i < count; i++) {
      slot.cached().add(input[evaluated + i]);
    }
    evaluated += count;
  }

  /** Adds the token generated last to a batch; returns its row. */
  int addNext(Batch batch) {
    return batch.add(nextToken, slot.cached().size(), slot.index(), true);
  }

  /** Takes note that the token generated last was evaluated. */
  void nextEvaluated() {
    slot.cached().add(nextToken);
    evaluated++;
  }

  /**
   * Chooses the next token from an output row.
   *
   * @return what to show of it, if anything
   */
  Optional<Generated> choose(int row, Vocabulary vocabulary, long nowNanos) {
    if (evaluated == input.length) {
      promptReadNanos = nowNanos;
    }
    if (replayed < request.resumption().tokens().length) {
      replay(row);
      return Optional.empty();
    }
    Sampler.Choice choice = sampler.choose(row, prompt.length + generated);
    nextToken = choice.token();
    if (nextToken == Sampler.Choice.NONE) {
      return Optional.empty();
    }
    generated++;
    unreported.add(nextToken);
    if (vocabulary.endsGeneration(nextToken)) {
      return Optional.empty();
    }
    choice.logprob().ifPresent(heldLogprobs::add);
    return report(text.add(vocabulary.piece(nextToken)));
  }

  /** What is still held back, once the answer has ended. */
  Optional<Generated> rest() {
    return report(text.finish());
  }

  private Optional<Generated> report(String shown) {
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    Generated event = new Generated(shown, unreported.toArray(), List.copyOf(heldLogprobs));
    unreported.truncate(0);
    heldLogprobs.clear();
    credit.events--;
    return Optional.of(event);
  }

  /** Why the answer ends after the last token chosen, or null if it goes on. */
  @Nullable FinishReason finished(Vocabulary vocabulary) {
    if (nextToken == Sampler.Choice.NONE
        || vocabulary.endsGeneration(nextToken)
        || text.stopped()) {
      return FinishReason.STOP;
    }
    return generated >= request.stop().maxTokens() ? FinishReason.LENGTH : null;
  }

  SessionUsage usage(long nowNanos) {
    return new SessionUsage(
        prompt.length,
        cachedTokens,
        generated,
        queuedMicros,
        (promptReadNanos - admittedNanos) / 1000,
        (nowNanos - promptReadNanos) / 1000);
  }

  /**
   * A session that waits for a slot.
   *
   * @param input what is read in slices: the prompt, and the tokens it is resumed after unless
   *     those are to be replayed one by one
   * @param credit shared with the sequence that it becomes
   * @param arrivedNanos when it came
   */
  record Queued(
      long id,
      SessionRequest request,
      int[] prompt,
      int[] input,
      Credit credit,
      long arrivedNanos) {}

  /** How many more events the reader of a session has room for. */
  static final class Credit {
    private int events;

    Credit(int events) {
      this.events = events;
    }

    void grant(int more) {
      events = (int) Math.min(Integer.MAX_VALUE, (long) events + more);
    }
  }
}
