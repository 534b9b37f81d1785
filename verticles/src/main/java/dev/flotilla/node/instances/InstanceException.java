package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.Objects;
import java.util.Optional;

/** A request about pipelines that is refused; nothing has changed. */
public final class InstanceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final InstanceFailure failure;
  private final String field;

  /** A refusal that no field is to blame for. */
  public InstanceException(InstanceFailure failure, String message) {
    this(failure, "", message);
  }

  /**
   * A refusal.
   *
   * @param field of the request that is to blame; empty for none
   */
  public InstanceException(InstanceFailure failure, String field, String message) {
    // Refusals are expected: their origin is the caller, not a stack.
    super(message, null, false, false);
    this.failure = failure;
    this.field = field;
  }

  public InstanceFailure failure() {
    return failure;
  }

  /** The field of the request that is to blame, if one is. */
  public Optional<String> field() {
    return field.isEmpty() ? Optional.empty() : Optional.of(field);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** Why the swarm has refused a command. */
  static InstanceException of(Refusal refusal, String detail) {
    return new InstanceException(
        failure(refusal), refusal == Refusal.WRONG_EPOCH ? "epoch" : "", detail);
  }

  private static InstanceFailure failure(Refusal refusal) {
    return switch (refusal) {
      case UNKNOWN_NODE, INVALID_STAGES -> InstanceFailure.INVALID;
      case UNKNOWN_MODEL -> InstanceFailure.UNKNOWN_MODEL;
      case UNKNOWN_PIPELINE -> InstanceFailure.UNKNOWN_INSTANCE;
      case ALREADY_EXISTS, IN_USE, WRONG_EPOCH -> InstanceFailure.CONFLICT;
      case OVER_COMMITTED -> InstanceFailure.NO_PLAN;
      case LIMIT_REACHED, OVERLOADED -> InstanceFailure.BUSY;
      case NO_QUORUM, TIMED_OUT -> InstanceFailure.UNDECIDED;
    };
  }
}
