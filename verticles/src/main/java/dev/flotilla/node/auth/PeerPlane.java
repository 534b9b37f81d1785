package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/2 between nodes under mutual TLS, at each node's link port. A handler is mounted with the
 * permission that callers need; only newcomers' doors are open to those without a certificate.
 *
 * <p>Handlers run on the event loop of the connection. Connections of a node that is thrown out are
 * closed at once.
 */
public final class PeerPlane {
  private static final Logger log = LoggerFactory.getLogger(PeerPlane.class);
  private static final int HANDSHAKE_SECONDS = 10;
  private static final int IDLE_SECONDS = 90;
  private static final int CONNECT_MILLIS = 3_000;
  private static final int MAX_CONNECTIONS = 1024;
  private static final int MAX_STREAMS = 1024;
  private static final int MAX_RESETS_PER_SECOND = 10_000;
  private static final int WINDOW_BYTES = 1 << 20;

  private final Vertx vertx;
  private final Credentials credentials;
  private final SwarmTls tls;
  private final AuditLog audit;
  private final Map<String, Mounted> mounted = new ConcurrentHashMap<>();
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final Map<NodeId, HttpClient> clients = new ConcurrentHashMap<>();
  private final Map<NodeId, HttpClient> sessionClients = new ConcurrentHashMap<>();
  private final Map<NodeId, Set<HttpConnection>> outgoing = new ConcurrentHashMap<>();

  private sealed interface Mounted {
    /** For members with a permission. */
    record ForMembers(Permission permission, BiConsumer<NodeCertificate, HttpServerRequest> handler)
        implements Mounted {}

    /** For anybody. */
    record ForNewcomers(Consumer<HttpServerRequest> handler) implements Mounted {}
  }

  /** A plane that does not listen yet. */
  public PeerPlane(Vertx vertx, Credentials credentials, SwarmTls tls, AuditLog audit) {
    this.vertx = vertx;
    this.credentials = credentials;
    this.tls = tls;
    this.audit = audit;
    credentials.onChange(this::recheck);
  }

  /**
   * Serves a path and everything below it to members.
   *
   * @param path begins with a slash and has no other
   * @param permission what the caller must be permitted
   */
  public void serve(
      String path, Permission permission, BiConsumer<NodeCertificate, HttpServerRequest> handler) {
    mounted.put(path, new Mounted.ForMembers(permission, handler));
  }

  /** Serves a path and everything below it to anybody who reaches this port. */
  public void serveNewcomers(String path, Consumer<HttpServerRequest> handler) {
    mounted.put(path, new Mounted.ForNewcomers(handler));
  }

  /**
   * Begins to listen.
   *
   * @param port 0 takes a free one
   * @return the port
   */
  public Future<Integer> listen(String host, int port) {
    HttpServerOptions options =
        tls.secure(new HttpServerOptions().setHost(host).setPort(port), "link", Optional.empty())
            // Newcomers have no certificate yet; whoever shows one must be a member.
            .setClientAuth(ClientAuth.REQUEST)
            .setUseAlpn(true)
            .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
            .setIdleTimeout(IDLE_SECONDS)
            .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
            .setTcpNoDelay(true)
            // A reset is how a client that went away is told of, and members are no strangers.
            .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS_PER_SECOND)
            .setHttp2RstFloodWindowDuration(1)
            .setHttp2ConnectionWindowSize(WINDOW_BYTES);
    options.getInitialSettings().setMaxConcurrentStreams(MAX_STREAMS);
    HttpServer server =
        vertx
            .createHttpServer(options)
            .connectionHandler(this::opened)
            .invalidRequestHandler(request -> request.connection().close())
            .requestHandler(this::route);
    return server.listen().map(HttpServer::actualPort);
  }

  private void opened(HttpConnection connection) {
    if (connections.size() >= MAX_CONNECTIONS) {
      var _ = connection.close();
      return;
    }
    connections.add(connection);
    connection.closeHandler(_ -> connections.remove(connection));
  }

  private void route(HttpServerRequest request) {
    try {
      switch (mounted.get(firstSegment(request.path()))) {
        case Mounted.ForMembers(
                Permission permission,
                BiConsumer<NodeCertificate, HttpServerRequest> handler) ->
            handler.accept(caller(request, permission), request);
        case Mounted.ForNewcomers(Consumer<HttpServerRequest> handler) -> handler.accept(request);
        case null -> refuse(request, 404, "not_found", "there is nothing here");
      }
    } catch (TokenException e) {
      audit.record(
          Event.REFUSED,
          String.valueOf(request.remoteAddress()),
          "link " + request.path() + ": " + e.failure() + ": " + e.getMessage());
      refuse(request, 403, "refused", e.getMessage());
    } catch (RuntimeException e) {
      log.error("a request to {} failed", request.path(), e);
      refuse(request, 500, "failed", "this node failed to answer");
    }
  }

  private static String firstSegment(String path) {
    int end = path.indexOf('/', 1);
    return end < 0 ? path : path.substring(0, end);
  }

  private NodeCertificate caller(HttpServerRequest request, Permission permission) {
    return certificate(request.connection())
        .map(leaf -> credentials.check(leaf, permission))
        .orElseThrow(
            () -> new TokenException(TokenFailure.ROLE, "a member's certificate is needed here"));
  }

  private static Optional<X509Certificate> certificate(HttpConnection connection) {
    try {
      Certificate[] chain = connection.sslSession().getPeerCertificates();
      return chain[0] instanceof X509Certificate leaf ? Optional.of(leaf) : Optional.empty();
    } catch (SSLPeerUnverifiedException _) {
      return Optional.empty();
    }
  }

  /** Answers with an error that a node understands and a person can read. */
  static void refuse(HttpServerRequest request, int status, String code, String message) {
    if (!request.response().ended() && !request.response().headWritten()) {
      var _ =
          request
              .response()
              .setStatusCode(status)
              .putHeader("content-type", "application/json")
              .end(new JsonObject().put("code", code).put("message", message).toBuffer());
    }
  }

  /**
   * A client of one node, whatever address it is reached by: another node that answers there is
   * refused. Shared, kept open, closed when the node is thrown out.
   */
  public HttpClient clientOf(NodeId node) {
    return clients.computeIfAbsent(node, this::newClient);
  }

  /**
   * The same for sessions alone. A connection belongs to the event loop that opened it: where only
   * the loop that serves clients asks for this one, tokens pass from the connection to their client
   * without changing threads, and behind nothing else.
   */
  public HttpClient sessionClientOf(NodeId node) {
    return sessionClients.computeIfAbsent(node, this::newClient);
  }

  private HttpClient newClient(NodeId node) {
    return vertx
        .httpClientBuilder()
        .with(clientOptions(node).setHttp2MultiplexingLimit(MAX_STREAMS))
        .withConnectHandler(connection -> connected(node, connection))
        .build();
  }

  private void connected(NodeId node, HttpConnection connection) {
    Set<HttpConnection> open = outgoing.computeIfAbsent(node, _ -> ConcurrentHashMap.newKeySet());
    open.add(connection);
    connection.closeHandler(_ -> open.remove(connection));
  }

  /**
   * Closes the connections that were opened to a node: those to a node that is gone, or has another
   * address than it had, may stay silent for minutes. Requests under way fail, later ones connect
   * anew.
   */
  public void hangUp(NodeId node) {
    for (HttpConnection connection : outgoing.getOrDefault(node, Set.of())) {
      var _ = connection.close();
    }
  }

  /** The same for all nodes. */
  public void hangUp() {
    outgoing.keySet().forEach(this::hangUp);
  }

  /** What clients of one node need, for those that carry so much that they want their own. */
  public HttpClientOptions clientOptions(NodeId node) {
    return tls.secure(new HttpClientOptions(), "link, outgoing", Optional.of(node))
        .setUseAlpn(true)
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setVerifyHost(false)
        .setHttp2ConnectionWindowSize(WINDOW_BYTES)
        .setConnectTimeout(CONNECT_MILLIS)
        .setKeepAliveTimeout(IDLE_SECONDS);
  }

  private void recheck() {
    for (HttpConnection connection : connections) {
      certificate(connection)
          .ifPresent(leaf -> {
            try {
              var _ = credentials.check(leaf, Permission.JOIN);
            } catch (TokenException e) {
              audit.record(
                  Event.REFUSED,
                  String.valueOf(connection.remoteAddress()),
                  "link: " + e.getMessage());
              var _ = connection.close();
            }
          });
    }
    closeRevoked(clients);
    closeRevoked(sessionClients);
  }

  private void closeRevoked(Map<NodeId, HttpClient> ofNodes) {
    ofNodes
        .entrySet()
        .removeIf(entry -> {
          boolean revoked = credentials.trust().revoked(entry.getKey());
          if (revoked) {
            var _ = entry.getValue().close();
          }
          return revoked;
        });
  }
}
