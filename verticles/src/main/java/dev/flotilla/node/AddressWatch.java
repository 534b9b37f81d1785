package dev.flotilla.node;

import dev.flotilla.node.discovery.Repeating;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when this machine has no longer the address that others were told: it has changed
 * networks, was given another one, or had none when the node began.
 */
final class AddressWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AddressWatch.class);
  private static final long LOOK_EVERY_MILLIS = 1_000;

  private final Move move;
  private final Repeating looking;
  private String advertised;

  /** The successor that was seen last: machines that change networks have passing addresses. */
  private Optional<String> seen = Optional.empty();

  /** Goes over to another address. */
  interface Move {
    /** Blocks; tried again if it fails. */
    void to(String host) throws Exception;
  }

  private AddressWatch(String advertised, Move move) {
    this.advertised = advertised;
    this.move = move;
    this.looking = Repeating.start("address-watch", LOOK_EVERY_MILLIS, this::look);
  }

  /**
   * Watches from now on.
   *
   * @param advertised the address that others were told
   */
  static AddressWatch start(String advertised, Move move) {
    return new AddressWatch(advertised, move);
  }

  private void look() {
    Optional<String> successor = OwnAddress.successor(advertised, OwnAddress.ofCards());
    boolean stays = successor.equals(seen);
    seen = successor;
    if (stays) {
      successor.ifPresent(this::moveTo);
    }
  }

  private void moveTo(String host) {
    log.info("this machine is at {} now, no longer at {}: joining again", host, advertised);
    long began = System.nanoTime();
    try {
      move.to(host);
      advertised = host;
      log.info("joined at {} after {} ms", host, millisSince(began));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      log.warn("joining at {} failed and will be tried again", host, e);
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  @Override
  public void close() {
    looking.close();
  }
}
