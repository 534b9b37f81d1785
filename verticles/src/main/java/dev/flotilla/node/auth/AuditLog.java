package dev.flotilla.node.auth;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened to the swarm's trust, one line each under the logger {@value #LOGGER}: joins,
 * refusals, revocations. A flood of refusals is counted, not written: at most {@value
 * #LINES_PER_SECOND} lines a second. Any thread.
 */
public final class AuditLog {
  /** The logger's name, by which a log configuration can keep it apart. */
  public static final String LOGGER = "flotilla.audit";

  private static final Logger log = LoggerFactory.getLogger(LOGGER);
  private static final int LINES_PER_SECOND = 20;

  private final Map<Event, LongAdder> counts = new ConcurrentHashMap<>();
  private long second;
  private int linesThisSecond;
  private long unwritten;

  /** Kinds of events. */
  public enum Event {
    /** A node became a member. */
    JOINED,
    /** A member left or was lost. */
    LEFT,
    /** A connection or message was refused. */
    REFUSED,
    /** A newcomer was given a certificate. */
    ENROLLED,
    /** A certificate was renewed. */
    RENEWED,
    /** A node was thrown out. */
    REVOKED,
    /** The swarm moved to a new secret. */
    ROTATED
  }

  /**
   * Something happened.
   *
   * @param who the node or address it is about
   * @param detail why, for people; no secret
   */
  public void record(Event event, String who, String detail) {
    counts.computeIfAbsent(event, _ -> new LongAdder()).increment();
    if (event == Event.REFUSED && !mayWrite()) {
      return;
    }
    if (event == Event.REFUSED) {
      log.warn("{} {}: {}", event, who, detail);
    } else {
      log.info("{} {}: {}", event, who, detail);
    }
  }

  /** How often something happened since the node started. */
  public long count(Event event) {
    LongAdder count = counts.get(event);
    return count == null ? 0 : count.sum();
  }

  private synchronized boolean mayWrite() {
    long now = System.nanoTime() / 1_000_000_000;
    if (now != second) {
      if (unwritten > 0) {
        log.warn("{} more refusals were not written", unwritten);
      }
      second = now;
      linesThisSecond = 0;
      unwritten = 0;
    }
    if (linesThisSecond >= LINES_PER_SECOND) {
      unwritten++;
      return false;
    }
    linesThisSecond++;
    return true;
  }
}
