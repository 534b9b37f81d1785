package dev.flotilla.node.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/**
 * One line of the route table.
 *
 * @param method its method
 * @param path its path as the OpenAPI document has it; a closing {@code {id}} takes the rest of the
 *     path, slashes included
 * @param aliases other paths of the same form that lead there
 * @param needs the role that its callers need; empty lets in who has no key too
 * @param handler what answers
 */
record Endpoint(
    HttpMethod method,
    String path,
    List<String> aliases,
    Optional<ApiRole> needs,
    Handler<RoutingContext> handler) {

  /** Something to see. */
  static Endpoint get(String path, Handler<RoutingContext> handler, String... aliases) {
    return new Endpoint(
        HttpMethod.GET, path, List.of(aliases), Optional.of(ApiRole.READ_ONLY), handler);
  }

  /** Something to have done. */
  static Endpoint post(String path, Handler<RoutingContext> handler, String... aliases) {
    return new Endpoint(
        HttpMethod.POST, path, List.of(aliases), Optional.of(ApiRole.USER), handler);
  }

  /** Something to have taken away. */
  static Endpoint delete(String path, Handler<RoutingContext> handler) {
    return new Endpoint(HttpMethod.DELETE, path, List.of(), Optional.of(ApiRole.USER), handler);
  }

  /** The same, for clients without a key too. */
  Endpoint withoutKey() {
    return new Endpoint(method, path, aliases, Optional.empty(), handler);
  }

  /** The same, for administrators alone. */
  Endpoint forAdministrators() {
    return new Endpoint(method, path, aliases, Optional.of(ApiRole.ADMIN), handler);
  }

  /** A path as Vert.x Web matches it. */
  static String pattern(String path) {
    return path.endsWith("/{id}") ? path.substring(0, path.length() - "{id}".length()) + "*" : path;
  }
}
