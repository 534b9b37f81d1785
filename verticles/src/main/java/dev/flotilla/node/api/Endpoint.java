package dev.flotilla.node.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * One line of the route table.
 *
 * @param method its method
 * @param path its path as the OpenAPI document has it; a closing {@code {id}} takes the rest of the
 *     path, slashes included
 * @param aliases other paths of the same form that lead there
 * @param access who may call it
 * @param handler what answers
 */
record Endpoint(
    HttpMethod method,
    String path,
    List<String> aliases,
    Access access,
    Handler<RoutingContext> handler) {

  /** Who may call an endpoint. */
  enum Access {
    /** Everybody. */
    OPEN,
    /** Who has an API key, where there are any. */
    KEY,
    /** Who has the key of an administrator. */
    ADMIN
  }

  static Endpoint get(String path, Handler<RoutingContext> handler, String... aliases) {
    return new Endpoint(HttpMethod.GET, path, List.of(aliases), Access.KEY, handler);
  }

  static Endpoint post(String path, Handler<RoutingContext> handler, String... aliases) {
    return new Endpoint(HttpMethod.POST, path, List.of(aliases), Access.KEY, handler);
  }

  /** The same, for clients without a key too. */
  Endpoint withoutKey() {
    return new Endpoint(method, path, aliases, Access.OPEN, handler);
  }

  /** The same, for administrators alone. */
  Endpoint forAdministrators() {
    return new Endpoint(method, path, aliases, Access.ADMIN, handler);
  }

  /** A path as Vert.x Web matches it. */
  static String pattern(String path) {
    return path.endsWith("/{id}") ? path.substring(0, path.length() - "{id}".length()) + "*" : path;
  }
}
