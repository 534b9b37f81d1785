package dev.flotilla.engine;

/** Why an answer ended. */
public enum FinishReason {
  /** The model ended it, or a stop string or the grammar did. */
  STOP,
  /** It reached {@code max_tokens} or the end of the context. */
  LENGTH
}
