package dev.flotilla.engine;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one exception of the engine family: a typed cause and a message fit for the user. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final EngineFailure failure;
  private final @Nullable String field;

  /** A failure that no single request field is to blame for. */
  public EngineException(EngineFailure failure, String message) {
    this(failure, null, message);
  }

  /**
   * A failure of one request field.
   *
   * @param field the request field that is wrong, in the API's spelling, or null when none is
   */
  public EngineException(EngineFailure failure, @Nullable String field, String message) {
    super(message);
    this.failure = Objects.requireNonNull(failure);
    this.field = field;
  }

  /** What went wrong, for programs. */
  public EngineFailure failure() {
    return failure;
  }

  /** The request field that is to blame, if one is. */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  /** What went wrong, for people; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
