package dev.flotilla.node.instances;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.lending.BoundedBody;
import dev.flotilla.sharding.plan.ModelShape;
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
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What planning a model depends on, by the digest of its file: of this node's files, and fetched
 * once from the nodes that have others. Any thread.
 */
public final class ModelShapes {
  /** Shapes of other nodes' files that are kept; the one used longest ago goes. */
  static final int MAX_KEPT = 256;

  private static final String PATH = "/shapes";
  private static final long FETCH_MILLIS = 3_000;

  private final PeerPlane peers;
  private final Function<NodeId, Optional<PeerAddress>> linkOf;
  private final Function<String, Optional<ModelShape>> own;
  private final Map<String, ModelShape> kept =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ModelShape> eldest) {
              return size() > MAX_KEPT;
            }
          });

  /**
   * @param linkOf where a node's link port is
   * @param own shapes of this node's files, by digest
   */
  public ModelShapes(
      PeerPlane peers,
      Function<NodeId, Optional<PeerAddress>> linkOf,
      Function<String, Optional<ModelShape>> own) {
    this.peers = peers;
    this.linkOf = linkOf;
    this.own = own;
  }

  /** Tells other nodes the shapes of this node's files. */
  public void serve() {
    peers.serve(PATH, Permission.PLACE_MODELS, (_, request) -> answer(request));
  }

  private void answer(HttpServerRequest request) {
    String path = request.path();
    Optional<ModelShape> shape =
        path.startsWith(PATH + "/")
            ? own.apply(path.substring(PATH.length() + 1))
            : Optional.empty();
    if (!request.response().closed()) {
      var _ =
          request
              .response()
              .setStatusCode(shape.isPresent() ? 200 : 404)
              .putHeader("content-type", "application/json")
              .end(shape.map(ShapeJson::json).orElseGet(JsonObject::new).toBuffer());
    }
  }

  /**
   * The shape of a file.
   *
   * @param owners nodes that have it
   * @return fails if none of them tells
   */
  Future<ModelShape> of(String digest, Collection<String> owners) {
    Optional<ModelShape> known = own.apply(digest).or(() -> Optional.ofNullable(kept.get(digest)));
    if (known.isPresent()) {
      return Future.succeededFuture(known.get());
    }
    Future<ModelShape> shape =
        Future.failedFuture(
            new InstanceException(
                InstanceFailure.NO_PLAN, "no node that has the model's file can be reached"));
    for (String owner : owners) {
      shape = shape.recover(_ -> fetch(new NodeId(owner), digest));
    }
    return shape.onSuccess(fetched -> kept.put(digest, fetched));
  }

  private Future<ModelShape> fetch(NodeId owner, String digest) {
    Optional<PeerAddress> address = linkOf.apply(owner);
    if (address.isEmpty()) {
      return Future.failedFuture(
          new InstanceException(
              InstanceFailure.NO_PLAN, "node %s is away".formatted(owner.shortened())));
    }
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(address.get().host())
            .setPort(address.get().port())
            .setURI(PATH + "/" + digest)
            .setTimeout(FETCH_MILLIS);
    return peers
        .clientOf(owner)
        .request(options)
        .compose(ModelShapes::exchange)
        .map(body -> ShapeJson.shape(new JsonObject(body)))
        .recover(cause ->
            Future.failedFuture(
                new InstanceException(
                    InstanceFailure.NO_PLAN,
                    "node %s does not describe the model: %s"
                        .formatted(owner.shortened(), cause.getMessage()))));
  }

  private static Future<Buffer> exchange(HttpClientRequest request) {
    return request
        .send()
        .compose(response ->
            response.statusCode() == 200
                ? BoundedBody.read(response, ShapeJson.MAX_BYTES)
                : Future.failedFuture(new IOException("status " + response.statusCode())));
  }
}
