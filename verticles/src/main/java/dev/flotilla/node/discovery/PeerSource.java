package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.util.function.Consumer;

/**
 * One way to find peers, and to be found. Several run at once.
 *
 * <p>A source never blocks its caller, reports from threads of its own, and keeps its own bounds on
 * what strangers make it hold. What fails in it is logged and tried again; it never throws at a
 * node that could do without it.
 */
public interface PeerSource extends AutoCloseable {

  /** What it calls itself. */
  Candidate.Source source();

  /**
   * Begins to look for peers, and to let itself be found by them. Called once.
   *
   * @param own where this node accepts members; a wildcard address stands for every address of the
   *     machine
   * @param listener told about every candidate, again and again for as long as it is there; safe to
   *     call from any thread
   */
  void start(PeerAddress own, Consumer<Candidate> listener);

  /** Whether there is anything that it could find peers by. May read a file. */
  default boolean mayFind() {
    return true;
  }

  /** Stops, and takes back what it announced as far as that goes. Safe to call twice. */
  @Override
  void close();
}
