package dev.flotilla.node.api;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The chain every request passes: id and counting, CORS, caller, role, route, and, last, failure.
 *
 * <p>A request's id is the client's own {@code x-request-id} where it is a plain one.
 */
final class ApiRouter {
  private static final Pattern PLAIN_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Set<String> EXPOSED_HEADERS =
      Set.of(
          "x-request-id",
          GenerationRoutes.SEED_HEADER,
          AnswerHeaders.NODE,
          AnswerHeaders.ATTEMPTS,
          Forwards.UPSTREAM_HEADER,
          AnswerHeaders.CACHED_TOKENS,
          "Retry-After",
          "retry-after-ms",
          "x-ratelimit-limit-requests",
          "x-ratelimit-limit-tokens",
          "x-ratelimit-remaining-requests",
          "x-ratelimit-remaining-tokens",
          "x-ratelimit-reset-requests",
          "x-ratelimit-reset-tokens");
  private static final String ROUTE = "route";
  private static final String NO_ROUTE = "none";

  private final List<Endpoint> endpoints;
  private final ApiOptions options;
  private final AccessControl access;
  private final ApiMetrics metrics;
  private final ConnectionGuard connections;

  ApiRouter(
      List<Endpoint> endpoints,
      ApiOptions options,
      ApiMetrics metrics,
      ConnectionGuard connections) {
    this.endpoints = endpoints;
    this.options = options;
    this.access =
        new AccessControl(new ApiKeys(options.apiKeys(), options.adminKey(), System::nanoTime));
    this.metrics = metrics;
    this.connections = connections;
  }

  Router create(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().handler(this::begin).failureHandler(ApiRouter::fail);
    if (!options.corsOrigins().isEmpty()) {
      router.route().handler(cors());
    }
    endpoints.stream().filter(each -> each.needs().isEmpty()).forEach(each -> mount(router, each));
    router.route().handler(access::identify);
    endpoints.stream()
        .filter(each -> each.needs().isPresent())
        .forEach(each -> mount(router, each));
    endpoints.forEach(endpoint -> refuseOtherMethods(router, endpoint));
    router.route().handler(ApiRouter::refuseRoute);
    return router;
  }

  private void begin(RoutingContext ctx) {
    String sent = ctx.request().getHeader("x-request-id");
    String id =
        sent != null && PLAIN_ID.matcher(sent).matches() ? sent : "req_" + UUID.randomUUID();
    ctx.put(Responses.REQUEST_ID, id).put(ROUTE, NO_ROUTE);
    ctx.response().putHeader("x-request-id", id);
    var connection = ctx.request().connection();
    connections.requestBegan(connection);
    ctx.addEndHandler(end -> {
      connections.requestEnded(connection);
      metrics.request(ctx.get(ROUTE), end.succeeded() ? ctx.response().getStatusCode() : 499);
    });
    if (pathIsValid(ctx)) {
      ctx.next();
    } else {
      Responses.fail(
          ctx, new ApiException(ApiFailure.INVALID_REQUEST, "The path has a broken escape."));
    }
  }

  /** Routing an invalid path would throw. */
  private static boolean pathIsValid(RoutingContext ctx) {
    try {
      return ctx.normalizedPath() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private CorsHandler cors() {
    CorsHandler cors =
        CorsHandler.create()
            .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE))
            // Browsers take * for any but Authorization, which has to be named.
            .allowedHeaders(Set.of("*", "Authorization"))
            .exposedHeaders(EXPOSED_HEADERS)
            .maxAgeSeconds(3600);
    return options.corsOrigins().contains("*")
        ? cors.addOrigin("*")
        : cors.addOrigins(options.corsOrigins());
  }

  private void mount(Router router, Endpoint endpoint) {
    mount(router, endpoint, endpoint.path());
    endpoint.aliases().forEach(alias -> mount(router, endpoint, alias));
  }

  private void mount(Router router, Endpoint endpoint, String path) {
    Route route = Endpoint.route(router, path).method(endpoint.method());
    route.handler(ctx -> {
      ctx.put(ROUTE, endpoint.path());
      ctx.next();
    });
    endpoint.needs().ifPresent(role -> route.handler(access.require(role)));
    route.handler(endpoint.handler());
  }

  private void refuseOtherMethods(Router router, Endpoint endpoint) {
    refuseOtherMethods(router, endpoint, endpoint.path());
    endpoint.aliases().forEach(alias -> refuseOtherMethods(router, endpoint, alias));
  }

  private void refuseOtherMethods(Router router, Endpoint endpoint, String path) {
    String allowed =
        endpoints.stream()
            .filter(each -> each.path().equals(endpoint.path()))
            .map(each -> each.method().name())
            .collect(Collectors.joining(", "));
    Endpoint.route(router, path)
        .handler(ctx -> {
          ctx.put(ROUTE, endpoint.path());
          ctx.response().putHeader("Allow", allowed);
          throw new ApiException(
              ApiFailure.METHOD_NOT_ALLOWED, "This path takes " + allowed + " only.");
        });
  }

  private static void refuseRoute(RoutingContext ctx) {
    throw new ApiException(
        ApiFailure.ROUTE_UNKNOWN,
        "There is no " + ctx.request().method().name() + " " + printable(ctx.request().path()));
  }

  private static String printable(String path) {
    return path.length() <= 200 ? path : path.substring(0, 200) + "…";
  }

  private static void fail(RoutingContext ctx) {
    if (!ctx.response().headWritten()) {
      Responses.fail(ctx, causeOf(ctx));
    }
  }

  /** Our own refusals carry a cause of ours; Vert.x Web's carry a status. */
  private static Throwable causeOf(RoutingContext ctx) {
    Throwable cause = ctx.failure();
    String message =
        cause == null ? "The request is not valid." : String.valueOf(cause.getMessage());
    int status = ctx.statusCode();
    if (status == 403) {
      return new ApiException(ApiFailure.ORIGIN_REFUSED, message);
    }
    if (cause == null || (status >= 400 && status < 500)) {
      return new ApiException(ApiFailure.INVALID_REQUEST, message);
    }
    return cause;
  }
}
