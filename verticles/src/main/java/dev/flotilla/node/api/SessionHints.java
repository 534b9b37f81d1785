package dev.flotilla.node.api;

import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/**
 * Whose the sessions of a request are, where that matters for the way they go.
 *
 * @param owner who shares capacity with whom
 * @param conversation what the client calls the conversation they belong to
 * @param user whom the client says they are for
 */
record SessionHints(String owner, Optional<String> conversation, Optional<String> user) {
  /** Names the conversation that a request belongs to. */
  static final String SESSION_HEADER = "x-flotilla-session";

  private static final int MAX_CHARS = 256;

  SessionHints {
    conversation = conversation.filter(SessionHints::isUsable);
    user = user.filter(SessionHints::isUsable);
  }

  private static boolean isUsable(String text) {
    return !text.isBlank() && text.length() <= MAX_CHARS;
  }

  static SessionHints of(RoutingContext ctx, GenerationRequest request) {
    return new SessionHints(
        Caller.of(ctx).name(),
        Optional.ofNullable(ctx.request().getHeader(SESSION_HEADER)),
        request.user());
  }
}
