package dev.flotilla.node.instances;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.lending.PeerDocuments;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
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

  private final PeerDocuments documents;
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
    this.documents = new PeerDocuments(peers, linkOf, "/shapes", ShapeJson.MAX_BYTES);
    this.own = own;
  }

  /** Tells other nodes the shapes of this node's files. */
  public void serve() {
    documents.serve(Permission.PLACE_MODELS, digest -> own.apply(digest).map(ShapeJson::json));
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
    return documents
        .fetch(owner, digest)
        .map(ShapeJson::shape)
        .recover(cause ->
            Future.failedFuture(
                new InstanceException(
                    InstanceFailure.NO_PLAN,
                    "node %s does not describe the model: %s"
                        .formatted(owner.shortened(), cause.getMessage()))));
  }
}
