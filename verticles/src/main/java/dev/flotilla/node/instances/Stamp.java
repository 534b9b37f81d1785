package dev.flotilla.node.instances;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What whoever asks the swarm for something says about asking.
 *
 * @param commandId by which a repetition is known; empty draws one
 * @param epoch the only one in which it may be decided; empty if any will do
 */
public record Stamp(Optional<String> commandId, OptionalLong epoch) {
  /** Asked once, whoever leads. */
  public static final Stamp NONE = new Stamp(Optional.empty(), OptionalLong.empty());
}
