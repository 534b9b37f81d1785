package dev.flotilla.node.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

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
  private static final String REST = "{id}";

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

  /**
   * Where requests to a path go. A pattern of Vert.x Web that ends in a star would take the path
   * without its last slash too, so what takes the rest is said as a regular expression.
   */
  static Route route(Router router, String path) {
    return path.endsWith(REST)
        ? router.routeWithRegex(
            Pattern.quote(path.substring(0, path.length() - REST.length())) + "(?<id>.*)")
        : router.route(path);
  }

  /** What such a path takes of a request's, decoded. */
  static String rest(RoutingContext ctx) {
    return ctx.pathParam("id");
  }
}
