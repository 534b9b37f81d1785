package dev.flotilla.node;

import java.net.BindException;
import org.jspecify.annotations.Nullable;

/**
 * A port of the swarm's, as a node is to listen on it.
 *
 * @param number 0 takes a free one
 * @param given whether the user wants this one and no other; else another free one is taken where
 *     another program has it
 */
public record SwarmPort(int number, boolean given) {
  /** Any free port. */
  public static final SwarmPort ANY = new SwarmPort(0, false);

  /**
   * Begins to listen, and does not come back before it does.
   *
   * @param <T> what listens
   */
  @FunctionalInterface
  interface Listening<T> {
    T on(int port) throws Exception;
  }

  /** The port that the user wants. */
  public static SwarmPort given(int number) {
    return new SwarmPort(number, true);
  }

  /** A port that is as good as any other, but easier to remember. */
  public static SwarmPort preferred(int number) {
    return new SwarmPort(number, false);
  }

  /**
   * Listens on this port. Whether it is free shows when it is bound, not before: other nodes of
   * this machine may start in the same instant.
   *
   * @param option the one that names this port
   * @param host what is listened on, for people
   * @throws OptionException if another program has the port that the user wants
   * @throws Exception if it fails for any other reason
   */
  <T> T listen(String option, String host, Listening<T> listening) throws Exception {
    try {
      return listening.on(number);
    } catch (Exception failure) {
      BindException taken = bindFailure(failure);
      if (taken == null || number == 0) {
        throw failure;
      }
      if (given) {
        throw new OptionException(
            option,
            "can't listen on %s:%d: %s (another port: --%s PORT; any free one: port 0)"
                .formatted(host, number, taken.getMessage(), option));
      }
      return listening.on(0);
    }
  }

  private static @Nullable BindException bindFailure(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof BindException bind) {
        return bind;
      }
    }
    return null;
  }
}
