package dev.flotilla.chat;

import java.util.Objects;

/** A conversation that can't be rendered; the message is fit for the user. */
public final class ChatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ChatFailure failure;

  /** A failure with its cause for programs and its message for people. */
  public ChatException(ChatFailure failure, String message) {
    super(message);
    this.failure = Objects.requireNonNull(failure);
  }

  /** What went wrong, for programs. */
  public ChatFailure failure() {
    return failure;
  }

  /** What went wrong, for people; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
