package dev.flotilla.node.upstream;

import dev.flotilla.federation.CircuitBreaker;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import java.util.Map;

/**
 * One upstream: which models it has, whether it answers, how much it does for this node. Any
 * thread.
 */
final class UpstreamServer {
  /** Probes in a row that may fail before it counts as down. */
  static final int TOLERATED_PROBES = 1;

  private final String name;
  private final UpstreamWay way;
  private final long silenceMillis;
  private volatile Map<String, ListedModel> known = Map.of();
  private volatile boolean up;
  private boolean asked;
  private boolean suspected;
  private int failedProbes = TOLERATED_PROBES;
  private CircuitBreaker breaker = CircuitBreaker.CLOSED;
  private int running;

  /**
   * One that was not asked yet.
   *
   * @param silenceMillis how long it may give nothing while a request waits for it
   */
  UpstreamServer(String name, UpstreamWay way, long silenceMillis) {
    this.name = name;
    this.way = way;
    this.silenceMillis = silenceMillis;
  }

  String name() {
    return name;
  }

  long silenceMillis() {
    return silenceMillis;
  }

  Future<HttpClientRequest> request(HttpMethod method, String path) {
    return way.request(method, path);
  }

  /** What it serves; nothing while it is down. */
  Map<String, ListedModel> models() {
    return isUp() ? known : Map.of();
  }

  /** What it served when it was last up. */
  Map<String, ListedModel> known() {
    return known;
  }

  boolean isUp() {
    return up;
  }

  /**
   * It was asked for its models and told them.
   *
   * @return whether that is news: it was down
   */
  synchronized boolean listed(Map<String, ListedModel> listing) {
    boolean wasDown = !isUp();
    asked = true;
    failedProbes = 0;
    known = listing;
    up = true;
    if (wasDown) {
      breaker = CircuitBreaker.CLOSED;
    }
    return wasDown;
  }

  /**
   * It was asked for its models and did not tell them.
   *
   * @return whether that is news: it is down now, and was not before
   */
  synchronized boolean failedProbe() {
    boolean news = isUp() || !asked;
    asked = true;
    if (++failedProbes <= TOLERATED_PROBES) {
      return false;
    }
    up = false;
    return news;
  }

  /** Whether it failed a request since this was asked last. */
  synchronized boolean takeSuspicion() {
    boolean was = suspected;
    suspected = false;
    return was;
  }

  /** Whether it may be given a request now. */
  synchronized boolean admits(long nowNanos) {
    return isUp() && breaker.admits(nowNanos);
  }

  synchronized int running() {
    return running;
  }

  /** A request is sent to it. */
  synchronized void began() {
    running++;
    breaker = breaker.sent();
  }

  /** A request ended well. */
  synchronized void served() {
    running--;
    breaker = breaker.succeeded();
  }

  /** A request ended, which tells nothing of the server. */
  synchronized void undecided() {
    running--;
    breaker = breaker.undecided();
  }

  /**
   * It failed a request.
   *
   * @return whether it gets none for a while now
   */
  synchronized boolean failed(long nowNanos) {
    running--;
    suspected = true;
    int before = breaker.openings();
    breaker = breaker.failed(nowNanos);
    return breaker.openings() > before;
  }
}
