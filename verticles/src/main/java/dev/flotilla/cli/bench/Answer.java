package dev.flotilla.cli.bench;

/**
 * One streamed answer as its client saw it. Times are {@link System#nanoTime()}.
 *
 * @param sentNanos when the request was sent
 * @param textNanos when each event that carried text arrived; not copied
 * @param endNanos when the answer had ended
 * @param promptTokens tokens of the prompt, as the server says
 * @param cachedTokens of those, the ones that the server had read before
 * @param completionTokens tokens of the answer, as the server says
 */
record Answer(
    long sentNanos,
    long[] textNanos,
    long endNanos,
    int promptTokens,
    int cachedTokens,
    int completionTokens) {

  /** Time from the request to the first text, or to the end if there was none. */
  long firstTextNanos() {
    return (textNanos.length == 0 ? endNanos : textNanos[0]) - sentNanos;
  }
}
