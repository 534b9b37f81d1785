package dev.flotilla.node.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/**
 * Lets callers in: asks who they are (401), whether their budget allows one more request (429), and
 * whether their role may do what they want (403). One event loop.
 */
final class AccessControl {
  private static final String KEY_HINT = "send it as 'Authorization: Bearer KEY'.";

  private final ApiKeys keys;

  AccessControl(ApiKeys keys) {
    this.keys = keys;
  }

  /** Asks who sends a request and counts it; {@link Caller#of} knows from here on. */
  void identify(RoutingContext ctx) {
    Caller caller =
        keys.caller(ctx.request())
            .orElseThrow(() -> keyRequired(ctx, "An API key is required: " + KEY_HINT));
    caller.putOn(ctx);
    var exhausted = caller.budget().admit();
    var headers = ctx.response().headers();
    caller.budget().describe(headers);
    if (exhausted.isPresent()) {
      headers.set("Retry-After", Long.toString(Math.ceilDiv(exhausted.get().retryMillis(), 1000)));
      headers.set("retry-after-ms", Long.toString(exhausted.get().retryMillis()));
      throw refusal(caller, exhausted.get());
    }
    ctx.next();
  }

  private static ApiException refusal(Caller caller, KeyBudget.Exhausted exhausted) {
    return new ApiException(
        ApiFailure.RATE_LIMITED,
        "The key '%s' allows %d %s a minute: try again in %s."
            .formatted(
                caller.name(),
                exhausted.perMinute(),
                exhausted.unit(),
                KeyBudget.span(exhausted.retryMillis())));
  }

  /** Lets those pass whose role permits what another does. */
  Handler<RoutingContext> require(ApiRole needed) {
    return ctx -> {
      Caller caller = Caller.of(ctx);
      if (caller.role().permits(needed)) {
        ctx.next();
      } else if (caller.name().equals(Caller.ANONYMOUS)) {
        throw keyRequired(
            ctx,
            "The key of an administrator is required (the file admin-key in the node's state"
                + " folder has one): "
                + KEY_HINT);
      } else {
        throw new ApiException(
            ApiFailure.ROLE_INSUFFICIENT,
            "The key '%s' is for the role %s; this needs %s."
                .formatted(caller.name(), caller.role().label(), needed.label()));
      }
    };
  }

  private static ApiException keyRequired(RoutingContext ctx, String message) {
    ctx.response().putHeader("WWW-Authenticate", "Bearer");
    return new ApiException(ApiFailure.KEY_REQUIRED, message);
  }
}
