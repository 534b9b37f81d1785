package dev.flotilla.node.placement;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.lending.BoundedBody;
import dev.flotilla.node.lending.SliceJson;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageDesk;
import dev.flotilla.node.lending.StageOrder;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Asks workers to host stages. Blocks: for virtual threads. */
final class WorkerClient {
  private static final int MAX_ANSWER_BYTES = 16 << 10;

  private final PeerPlane peers;
  private final Function<NodeId, Optional<PeerAddress>> linkOf;

  WorkerClient(PeerPlane peers, Function<NodeId, Optional<PeerAddress>> linkOf) {
    this.peers = peers;
    this.linkOf = linkOf;
  }

  /**
   * Orders a stage, or asks how it is.
   *
   * @param patienceMillis how long the worker may take besides the order's own wait
   * @throws IOException if the worker can't be reached or refuses
   */
  StageAnswer order(NodeId worker, StageOrder order, long patienceMillis)
      throws IOException, InterruptedException {
    Buffer body =
        call(
            worker,
            HttpMethod.POST,
            StageDesk.PATH,
            order.toJson().toBuffer(),
            order.waitMillis() + patienceMillis);
    try {
      return StageAnswer.of(new JsonObject(body));
    } catch (DecodeException | IllegalArgumentException e) {
      throw new IOException("node " + worker.shortened() + " answers nonsense", e);
    }
  }

  /** Has a slice fetched for a stage that may be ordered later. */
  void prefetch(NodeId worker, StageKey slice, long patienceMillis)
      throws IOException, InterruptedException {
    call(
        worker,
        HttpMethod.POST,
        StageDesk.PREFETCH,
        SliceJson.json(slice).toBuffer(),
        patienceMillis);
  }

  /** Gives a stage back. */
  void release(NodeId worker, String stage, long patienceMillis)
      throws IOException, InterruptedException {
    call(worker, HttpMethod.DELETE, StageDesk.PATH + "/" + stage, Buffer.buffer(), patienceMillis);
  }

  private Buffer call(
      NodeId worker, HttpMethod method, String path, Buffer body, long timeoutMillis)
      throws IOException, InterruptedException {
    PeerAddress address =
        linkOf
            .apply(worker)
            .orElseThrow(() -> new IOException("node " + worker.shortened() + " is away"));
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(address.host())
            .setPort(address.port())
            .setURI(path)
            .setTimeout(timeoutMillis);
    Future<Buffer> answer =
        peers.clientOf(worker).request(options).compose(request -> exchange(request, worker, body));
    try {
      return answer
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("node %s: %s".formatted(worker.shortened(), cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw new IOException(
          "node %s did not answer within %d ms".formatted(worker.shortened(), timeoutMillis), e);
    }
  }

  private static Future<Buffer> exchange(HttpClientRequest request, NodeId worker, Buffer body) {
    return request
        .send(body)
        .compose(response ->
            BoundedBody.read(response, MAX_ANSWER_BYTES)
                .compose(read ->
                    response.statusCode() == 200
                        ? Future.succeededFuture(read)
                        : Future.failedFuture(
                            new IOException(
                                "%d from node %s: %s"
                                    .formatted(response.statusCode(), worker.shortened(), read)))));
  }
}
