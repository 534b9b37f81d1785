package dev.flotilla.federation.link;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** What both ends of the way between gateway and head agree on. */
final class LinkProtocol {
  /**
   * Grows with every change of the frames. A request with another number is refused: frames have no
   * tags that would let builds understand one another.
   */
  static final String VERSION = "3";

  static final String VERSION_HEADER = "flotilla-link";
  static final String PREFIX = "/link/models/";
  static final String SESSIONS = "/sessions";
  static final String CALLS = "/calls";
  static final String REPLICA = "/replica";
  static final String DESCRIPTION = "/description";

  /** The longest request: the prompt of a body as long as the API allows, and what goes with it. */
  static final int MAX_REQUEST_BYTES = 32 << 20;

  /** The longest announcement. */
  static final int MAX_ANNOUNCEMENT_BYTES = 64 << 10;

  /** The longest event of a session. */
  static final int MAX_EVENT_BYTES = 4 << 20;

  /** The status of an answer to a request for a model that the head does not serve. */
  static final int UNKNOWN_MODEL = 404;

  /** HTTP/2's error code for a stream that is no longer needed (RFC 9113, section 7). */
  static final long CANCEL = 8;

  /** How often each end of a session shows at least that it is alive. */
  static final long SIGN_OF_LIFE_MILLIS = 150;

  /** After so long without a sign of its gateway a session is not computed any further. */
  static final long UNHEARD_NANOS = 4 * SIGN_OF_LIFE_MILLIS * 1_000_000;

  /** After so long without one it is over: the gateway has had another machine go on long since. */
  static final long GONE_NANOS = 20 * SIGN_OF_LIFE_MILLIS * 1_000_000;

  private LinkProtocol() {}

  static String path(String modelId, String what) {
    return PREFIX + URLEncoder.encode(modelId, StandardCharsets.UTF_8) + what;
  }
}
