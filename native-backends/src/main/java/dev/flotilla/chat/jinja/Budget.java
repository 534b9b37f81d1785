package dev.flotilla.chat.jinja;

/** What one rendering may still spend of its {@link Limits}. One thread. */
final class Budget {
  private final Limits limits;
  private long steps;
  private long characters;

  Budget(Limits limits) {
    this.limits = limits;
    this.steps = limits.steps();
    this.characters = limits.workCharacters();
  }

  Limits limits() {
    return limits;
  }

  void step() {
    if (--steps < 0) {
      throw outOfSteps();
    }
  }

  /** Charges for a visit to {@code count} elements. */
  void elements(long count) {
    steps -= count;
    if (steps < 0) {
      throw outOfSteps();
    }
  }

  /** Charges for reading or writing {@code count} characters; call before the work is done. */
  void characters(long count) {
    characters -= count;
    if (characters < 0) {
      throw Failure.limit("the template works through more text than its limit allows");
    }
  }

  private static Failure outOfSteps() {
    return Failure.limit("the template takes more steps than its limit allows");
  }
}
