package dev.flotilla.federation.state;

/** What became of a command. */
public sealed interface Outcome {

  /** A majority has it on disk. */
  record Done(long index) implements Outcome {}

  /** It was refused, and the state is as it was. */
  record Refused(Refusal refusal, String detail) implements Outcome {}

  /** Why. */
  enum Refusal {
    UNKNOWN_NODE,
    UNKNOWN_MODEL,
    UNKNOWN_PIPELINE,
    ALREADY_EXISTS,
    IN_USE,
    /** The stages are not all layers of the model in order, each on another member. */
    INVALID_STAGES,
    /** A node lends less than its stages would take. */
    OVER_COMMITTED,
    /** One of the state's limits is reached. */
    LIMIT_REACHED,
    /** It was made for another epoch than the one that the leader leads. */
    WRONG_EPOCH,
    /** Too few members can be seen. */
    NO_QUORUM,
    /** Too many commands wait. */
    OVERLOADED,
    /** Nobody answered in time; the command may or may not be carried out. */
    TIMED_OUT
  }
}
