package dev.flotilla.node.instances;

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
}
