package dev.flotilla.node.lending;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/** What nodes tell each other of their model files, as JSON, by the digest of the file. */
public final class PeerDocuments {
  private static final long FETCH_MILLIS = 3_000;

  private final PeerPlane peers;
  private final Function<NodeId, Optional<PeerAddress>> linkOf;
  private final String path;
  private final int maxBytes;

  /**
   * Documents of one kind.
   *
   * @param linkOf where a node's link port is
   * @param path where they are served; begins with a slash and has no other
   * @param maxBytes the longest that is read
   */
  public PeerDocuments(
      PeerPlane peers, Function<NodeId, Optional<PeerAddress>> linkOf, String path, int maxBytes) {
    this.peers = peers;
    this.linkOf = linkOf;
    this.path = path;
    this.maxBytes = maxBytes;
  }

  /**
   * Serves this node's.
   *
   * @param permission what the caller must be permitted
   * @param own by digest; called on event loops
   */
  public void serve(Permission permission, Function<String, Optional<JsonObject>> own) {
    peers.serve(path, permission, (_, request) -> answer(request, own));
  }

  private void answer(HttpServerRequest request, Function<String, Optional<JsonObject>> own) {
    Optional<JsonObject> document =
        request.path().startsWith(path + "/")
            ? own.apply(request.path().substring(path.length() + 1))
            : Optional.empty();
    if (!request.response().closed()) {
      var _ =
          request
              .response()
              .setStatusCode(document.isPresent() ? 200 : 404)
              .putHeader("content-type", "application/json")
              .end(document.orElseGet(JsonObject::new).toBuffer());
    }
  }

  /** Asks a node for one; fails if it is away or has none. */
  public Future<JsonObject> fetch(NodeId owner, String digest) {
    Optional<PeerAddress> address = linkOf.apply(owner);
    if (address.isEmpty()) {
      return Future.failedFuture(new IOException("the node is away"));
    }
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(address.get().host())
            .setPort(address.get().port())
            .setURI(path + "/" + digest)
            .setTimeout(FETCH_MILLIS);
    return peers.clientOf(owner).request(options).compose(this::exchange).map(JsonObject::new);
  }

  private Future<Buffer> exchange(HttpClientRequest request) {
    return request
        .send()
        .compose(response ->
            response.statusCode() == 200
                ? BoundedBody.read(response, maxBytes)
                : Future.failedFuture(new IOException("status " + response.statusCode())));
  }
}
