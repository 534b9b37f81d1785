package dev.flotilla.engine;

import java.util.Arrays;

/**
 * A session that waits for a slot.
 *
 * @param input what is read in slices: the prompt, and the tokens it is resumed after unless those
 *     are to be replayed one by one; not copied, must not be changed
 * @param credit shared with the sequence that it becomes
 * @param arrivedNanos when it came
 */
record QueuedSession(
    long id, SessionRequest request, int[] prompt, int[] input, Credit credit, long arrivedNanos) {

  /**
   * A session that has come.
   *
   * @param contextTokens positions of a slot
   */
  static QueuedSession of(
      long id,
      SessionRequest request,
      int[] prompt,
      int contextTokens,
      Credit credit,
      long arrivedNanos) {
    return new QueuedSession(
        id, request, prompt, input(request, prompt, contextTokens), credit, arrivedNanos);
  }

  /**
   * The tokens to read in slices. Those of a resumption are replayed as they were generated, one in
   * a step, where the shapes of batches, the logits on the way, or shifts of the context matter.
   */
  private static int[] input(SessionRequest request, int[] prompt, int contextTokens) {
    int[] resumed = request.resumption().tokens();
    boolean oneByOne =
        request.deterministic()
            || request.sampling().mirostat().isPresent()
            || prompt.length + resumed.length > contextTokens;
    if (oneByOne || resumed.length == 0) {
      return prompt;
    }
    int[] input = Arrays.copyOf(prompt, prompt.length + resumed.length);
    System.arraycopy(resumed, 0, input, prompt.length, resumed.length);
    return input;
  }

  /** How its slot is to be opened. */
  SlotOpening opening() {
    int lookBack = request.sampling().repeatLastN();
    int from = lookBack < 0 ? 0 : Math.max(0, prompt.length - lookBack);
    return new SlotOpening(
        request.sampling(),
        Arrays.copyOfRange(prompt, from, prompt.length),
        Arrays.copyOfRange(input, prompt.length, input.length),
        prompt.length,
        request.deterministic());
  }
}
