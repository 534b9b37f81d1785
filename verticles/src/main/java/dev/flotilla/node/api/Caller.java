package dev.flotilla.node.api;

import io.vertx.ext.web.RoutingContext;

/**
 * Who sent a request. {@link AccessControl} puts it on the routing context of every request but
 * those for open endpoints; whoever handles the request may tell callers apart by it.
 *
 * @param name the name of the caller's key; {@link #ANONYMOUS} without one
 * @param role what the caller may do
 * @param budget what the caller may still ask for
 */
record Caller(String name, ApiRole role, KeyBudget budget) {
  /** Everybody who has no key, where none is needed. */
  static final String ANONYMOUS = "anonymous";

  /** Who has the key in the node's state folder. */
  static final String ADMIN_KEY = "admin-key";

  private static final String CONTEXT_KEY = "caller";

  /** Who sent a request that {@link AccessControl} let in. */
  static Caller of(RoutingContext ctx) {
    Caller caller = ctx.get(CONTEXT_KEY);
    if (caller == null) {
      throw new IllegalStateException("nobody asked who the caller is");
    }
    return caller;
  }

  void putOn(RoutingContext ctx) {
    ctx.put(CONTEXT_KEY, this);
  }
}
