package dev.flotilla.engine;

import dev.flotilla.engine.SessionEvent.Admitted;
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
  private static final int[] NO_DRAFT = {};

  private final long id;
  private final SessionRequest request;
  private final Slot slot;
  private final TextAssembler text;
  private final ShownPieces pieces;
  private final int[] prompt;
  private final int[] input;
  private final long arrivedNanos;
  private final Credit credit;
  private final List<TokenLogprob> heldLogprobs = new ArrayList<>();
  private final TokenList unreported = new TokenList();

  private int cachedTokens;
  private int evaluated;
  private int generated;
  private int replayed;
  private boolean endShown;
  private int nextToken;
  private boolean awaiting;
  private boolean shifted;

  /** Tokens on their way that were guessed. */
  private int[] draft = NO_DRAFT;

  private DraftPolicy drafts = DraftPolicy.NEW;
  private long admittedNanos;
  private long promptReadNanos;

  /** A sequence that is not admitted yet; {@link #resume} comes next. */
  Sequence(QueuedSession queued, Slot slot) {
    this.id = queued.id();
    this.request = queued.request();
    this.prompt = queued.prompt();
    this.input = queued.input();
    this.slot = slot;
    this.text = new TextAssembler(request.stop().stopStrings());
    this.pieces = new ShownPieces(request.shownTokens());
    this.credit = queued.credit();
    this.arrivedNanos = queued.arrivedNanos();
    this.replayed = input.length - prompt.length;
  }

  /**
   * Puts the text where the request's {@link Resumption} says that it was.
   *
   * @return why not, if the answer can't have come there
   */
  Optional<EngineException> resume(Vocabulary vocabulary) {
    Resumption resumption = request.resumption();
    int shownChars = 0;
    for (int token : resumption.tokens()) {
      if (generated > 0 && (vocabulary.endsGeneration(nextToken) || text.stopped())) {
        return Optional.of(Resumption.refused("it goes on after its end"));
      }
      nextToken = token;
      generated++;
      if (!vocabulary.endsGeneration(token)) {
        shownChars += text.add(pieces.of(token, vocabulary)).length();
      }
    }
    if (shownChars < resumption.shownChars()) {
      shownChars += text.finish().length();
      endShown = true;
    }
    return shownChars == resumption.shownChars()
        ? Optional.empty()
        : Optional.of(
            Resumption.refused(
                "its tokens show %d chars, not %d".formatted(shownChars, resumption.shownChars())));
  }

  /**
   * Takes note that the slot is ready in all stages.
   *
   * @param kept tokens of the input that its cache holds already
   */
  Admitted admitted(int kept, long nowNanos) {
    evaluated = kept;
    cachedTokens = Math.min(kept, prompt.length);
    admittedNanos = nowNanos;
    promptReadNanos = nowNanos;
    return new Admitted(prompt.length, cachedTokens);
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

  /** Tokens of the prompt, and of what is resumed in slices, that are still to be read. */
  int promptLeft() {
    return Math.max(0, input.length - evaluated);
  }

  /** All that was to be read, before any of it was. */
  int promptRows() {
    return input.length - cachedTokens;
  }

  /** Whether the prompt is read and the next token is wanted, or on its way. */
  boolean generates() {
    return promptLeft() == 0 && (awaiting || credit.left() > 0);
  }

  /** Whether the prompt is read and the next token may be computed. */
  boolean canDecode() {
    return promptLeft() == 0 && !awaiting && credit.left() > 0;
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
      int index = evaluated + i;
      boolean output = index == input.length - 1;
      addRow(batch, input[index], slot.cached().size() + i, output);
    }
    return complete;
  }

  /** Takes note that rows of the prompt are being evaluated. */
  void promptSent(int count) {
    for (int i = 0; i < count; i++) {
      slot.cached().add(input[evaluated + i]);
    }
    evaluated += count;
    awaiting = promptLeft() == 0;
  }

  /**
   * How many tokens may be guessed after the next one, so that whatever is chosen could have been
   * chosen one by one.
   */
  int draftRoom(int contextTokens) {
    if (deterministic() || request.sampling().mirostat().isPresent() || replays()) {
      return 0;
    }
    int wanted = Math.min(credit.left(), request.stop().maxTokens() - generated);
    return Math.min(wanted, contextTokens - slot.cached().size()) - 1;
  }

  /** A guess at what follows the next token. */
  int[] draft(int most, Vocabulary vocabulary) {
    return NgramDraft.after(slot.cached(), nextToken, most, vocabulary::endsGeneration);
  }

  /** How its guesses have done. */
  DraftPolicy drafts() {
    return drafts;
  }

  /** Takes note that a guess was not worth sending. */
  void draftPassed() {
    drafts = drafts.passed();
  }

  /** Adds the token generated last to a batch, and a guess at what follows it. */
  void addNext(Batch batch, int[] guess) {
    int position = slot.cached().size();
    addRow(batch, nextToken, position, true);
    for (int i = 1; i <= guess.length; i++) {
      int choice = prompt.length + generated + i;
      batch.add(guess[i - 1], position + i, slot.index(), choice, Batch.OPEN_CHOICE);
    }
  }

  /** Takes note that the token generated last, and a guess, are being evaluated. */
  void nextSent(int[] guess) {
    slot.cached().add(nextToken);
    for (int token : guess) {
      slot.cached().add(token);
    }
    draft = guess;
    evaluated++;
    awaiting = true;
  }

  /**
   * Takes note of how much of the guess was right. The rest is dropped in all stages.
   *
   * @param accepted tokens
   */
  void draftVerified(int accepted, StageChain chain) {
    if (draft.length == 0) {
      return;
    }
    drafts = drafts.verified(draft.length, accepted);
    int wrong = draft.length - accepted;
    draft = NO_DRAFT;
    if (wrong > 0) {
      slot.cached().truncate(slot.cached().size() - wrong);
      chain.trim(slot.index(), slot.cached().size());
    }
  }

  /** Takes back what is only guessed so far: nobody will hear of it. */
  void forgetDraft() {
    slot.cached().truncate(slot.cached().size() - draft.length);
    draft = NO_DRAFT;
  }

  private void addRow(Batch batch, int token, int position, boolean output) {
    if (!output) {
      batch.add(token, position, slot.index(), Batch.NO_OUTPUT, Batch.OPEN_CHOICE);
    } else if (replays()) {
      int replay = request.resumption().tokens()[replayed];
      batch.add(token, position, slot.index(), prompt.length + replayed, replay);
    } else {
      batch.add(token, position, slot.index(), prompt.length + generated, Batch.OPEN_CHOICE);
    }
  }

  /** Whether the next token is one of those that the session is resumed after. */
  boolean replays() {
    return replayed < request.resumption().tokens().length;
  }

  /**
   * Takes the next token, that of the output row that was sent last.
   *
   * @return what to show of it, if anything
   */
  Optional<Generated> chosen(Sampler.Choice choice, Vocabulary vocabulary, long nowNanos) {
    if (evaluated == input.length) {
      promptReadNanos = nowNanos;
    }
    awaiting = false;
    if (replays()) {
      nextToken = request.resumption().tokens()[replayed++];
      return Optional.empty();
    }
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
    return report(text.add(pieces.of(nextToken, vocabulary)));
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
    credit.spend();
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
        (admittedNanos - arrivedNanos) / 1000,
        (promptReadNanos - admittedNanos) / 1000,
        (nowNanos - promptReadNanos) / 1000);
  }
}
