package dev.flotilla.node;

import java.util.Objects;

/** An option that a node can't be started with; the message is fit for the user. */
public final class OptionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String option;

  /**
   * A wrong option.
   *
   * @param option its name as in {@code --name}, without the dashes
   * @param message what is wrong with it and what it takes
   */
  public OptionException(String option, String message) {
    super(message);
    this.option = Objects.requireNonNull(option);
  }

  /** The option's name as in {@code --name}, without the dashes. */
  public String option() {
    return option;
  }

  /** What is wrong, for people; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
