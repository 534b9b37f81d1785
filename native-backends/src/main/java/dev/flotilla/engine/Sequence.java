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
  private final TextAssembler text;
  private final int[] prompt;
  private final int cachedTokens;
  private final long queuedMicros;
  private final long admittedNanos;
  private final Credit credit;
  private final List<TokenLogprob> heldLogprobs = new ArrayList<>();

  private int evaluated;
  private int generated;
  private int unreported;
  private int nextToken;
  private boolean awaiting;
  private boolean shifted;
  private long promptReadNanos;

  Sequence(Queued queued, Slot slot, int cachedTokens, long nowNanos) {
    this.id = queued.id();
    this.request = queued.request();
    this.prompt = queued.prompt();
    this.slot = slot;
    this.text = new TextAssembler(request.stop().stopStrings());
    this.cachedTokens = cachedTokens;
    this.evaluated = cachedTokens;
    this.credit = queued.credit();
    this.queuedMicros = (nowNanos - queued.arrivedNanos()) / 1000;
    this.admittedNanos = nowNanos;
  }

  long id() {
    return id;
  }

  Slot slot() {
    return slot;
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
  void shift(StageChain chain, int from, int to) {
    chain.shift(slot.index(), from, to);
    slot.cached().remove(from, to);
    shifted = true;
  }

  /** Tokens of the prompt that are still to be read. */
  int promptLeft() {
    return Math.max(0, prompt.length - evaluated);
  }

  /** Whether the prompt is read and the next token is wanted, or on its way. */
  boolean generates() {
    return promptLeft() == 0 && (awaiting || credit.events > 0);
  }

  /** Whether the prompt is read and the next token may be computed. */
  boolean canDecode() {
    return promptLeft() == 0 && !awaiting && credit.events > 0;
  }

  /** Whether there is a row to compute. */
  boolean runnable() {
    return promptLeft() > 0 || canDecode();
  }

  /**
   * Adds the next rows of the prompt to a batch.
   *
   * @return whether the last of them has the logits of the first generated token
   */
  boolean addPrompt(Batch batch, int count) {
    boolean complete = count == promptLeft();
    for (int i = 0; i < count; i++) {
      boolean output = complete && i == count - 1;
      addRow(batch, prompt[evaluated + i], slot.cached().size() + i, output);
    }
    return complete;
  }

  /** Takes note that rows of the prompt are being evaluated. */
  void promptSent(int count) {
    for (int i = 0; i < count; i++) {
      slot.cached().add(prompt[evaluated + i]);
    }
    evaluated += count;
    awaiting = promptLeft() == 0;
  }

  /** Adds the token generated last to a batch. */
  void addNext(Batch batch) {
    addRow(batch, nextToken, slot.cached().size(), true);
  }

  /** Takes note that the token generated last is being evaluated. */
  void nextSent() {
    slot.cached().add(nextToken);
    evaluated++;
    awaiting = true;
  }

  private void addRow(Batch batch, int token, int position, boolean output) {
    int choice = output ? prompt.length + generated : Batch.NO_OUTPUT;
    batch.add(token, position, slot.index(), choice, Batch.OPEN_CHOICE);
  }

  /**
   * Takes the next token, that of the output row that was sent last.
   *
   * @return what to show of it, if anything
   */
  Optional<Generated> chosen(Sampler.Choice choice, Vocabulary vocabulary, long nowNanos) {
    if (generated == 0) {
      promptReadNanos = nowNanos;
    }
    awaiting = false;
    nextToken = choice.token();
    if (nextToken == Sampler.Choice.NONE) {
      return Optional.empty();
    }
    generated++;
    unreported++;
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
    Generated event = new Generated(shown, unreported, List.copyOf(heldLogprobs));
    unreported = 0;
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
   * @param credit shared with the sequence that it becomes
   * @param arrivedNanos when it came
   */
  record Queued(long id, SessionRequest request, int[] prompt, Credit credit, long arrivedNanos) {}

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
