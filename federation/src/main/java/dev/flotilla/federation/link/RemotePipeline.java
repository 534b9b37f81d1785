package dev.flotilla.federation.link;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.Frames;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.federation.AnnouncementCodec;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A replica on another node. Sessions are streams of one HTTP/2 connection; a head that shows no
 * sign of life while a reader waits counts as lost.
 */
public final class RemotePipeline implements Pipeline {
  private final Vertx vertx;
  private final HttpClient client;
  private final SocketAddress head;
  private final ModelCard model;
  private final Supplier<PipelineStatus> status;
  private final long silenceMillis;
  private final Patience patience;
  private final Runnable linkLost;

  /**
   * A way to a replica; nothing is sent yet.
   *
   * @param client speaks HTTP/2, and trusts the head and no other; the caller's to close
   * @param head where the node's link port is
   * @param model the model, as the head describes it
   * @param status what the replica announced last
   * @param silenceMillis how long a session's head may show no sign of life at most; it shows one
   *     every {@value LinkProtocol#SIGN_OF_LIFE_MILLIS} ms
   * @param linkLost told when a session was lost because the head can't be reached; on any event
   *     loop, any number of times
   */
  public RemotePipeline(
      Vertx vertx,
      HttpClient client,
      SocketAddress head,
      ModelCard model,
      Supplier<PipelineStatus> status,
      long silenceMillis,
      Runnable linkLost) {
    this.vertx = vertx;
    this.client = client;
    this.head = head;
    this.model = model;
    this.status = status;
    this.silenceMillis = silenceMillis;
    this.patience = new Patience(silenceMillis * 1_000_000, System.nanoTime());
    this.linkLost = linkLost;
  }

  @Override
  public ModelCard model() {
    return model;
  }

  @Override
  public PipelineStatus status() {
    return status.get();
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    Flow.Publisher<SessionEvent> publisher =
        subscriber ->
            subscriber.onSubscribe(
                new RemoteSession(
                    vertx,
                    () -> request(HttpMethod.POST, LinkProtocol.SESSIONS),
                    request,
                    subscriber,
                    silenceMillis,
                    patience,
                    linkLost));
    return Multi.createFrom().publisher(publisher);
  }

  private Future<HttpClientRequest> request(HttpMethod method, String what) {
    return request(client, head, method, LinkProtocol.path(model.id(), what));
  }

  private static Future<HttpClientRequest> request(
      HttpClient client, SocketAddress head, HttpMethod method, String path) {
    return client.request(
        new RequestOptions()
            .setServer(head)
            .setHost(head.host())
            .setPort(head.port())
            .setMethod(method)
            .setURI(path)
            .putHeader(LinkProtocol.VERSION_HEADER, LinkProtocol.VERSION));
  }

  /**
   * Asks a head for the description of a model that it serves.
   *
   * @param digest what the head announced
   * @return fails if the head has none, or another
   */
  public static Future<ModelDescription> describe(
      Vertx vertx, HttpClient client, SocketAddress head, String modelId, String digest) {
    return onContext(
        vertx,
        () ->
            request(
                    client,
                    head,
                    HttpMethod.GET,
                    LinkProtocol.path(modelId, LinkProtocol.DESCRIPTION))
                .compose(HttpClientRequest::send)
                .compose(answer -> body(answer, ModelDescription.MAX_BYTES))
                .map(body -> ModelDescription.decode(body.getBytes(), digest)));
  }

  /** How the replica is right now, in one round trip. */
  public Future<ReplicaAnnouncement> probe() {
    return onContext(() ->
        request(HttpMethod.GET, LinkProtocol.REPLICA)
            .compose(HttpClientRequest::send)
            .compose(answer -> body(answer, LinkProtocol.MAX_ANNOUNCEMENT_BYTES))
            .map(body -> AnnouncementCodec.decode(body.getBytes())));
  }

  private static Future<Buffer> body(HttpClientResponse response, int maxBytes) {
    if (response.statusCode() != 200) {
      return Future.failedFuture(refused(response.statusCode()));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(bytes -> {
      if (body.length() + bytes.length() <= maxBytes) {
        body.appendBuffer(bytes);
      } else if (whole.tryFail("an answer of more than " + maxBytes + " bytes")) {
        var _ = response.request().reset(LinkProtocol.CANCEL);
      }
    });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(_ -> whole.tryComplete(body));
    return whole.future();
  }

  private <T> Future<T> onContext(Supplier<Future<T>> exchange) {
    return onContext(vertx, exchange);
  }

  /** Makes a request where its answer arrives: elsewhere, its first bytes could be missed. */
  private static <T> Future<T> onContext(Vertx vertx, Supplier<Future<T>> exchange) {
    Promise<T> answer = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> {
          var _ = exchange.get().onComplete(answer);
        });
    return answer.future();
  }

  static EngineException refused(int status) {
    return status == LinkProtocol.UNKNOWN_MODEL
        ? new EngineException(
            EngineFailure.MODEL_GONE, "its node does not serve the model any more")
        : new EngineException(
            EngineFailure.ENGINE_LOST, "the head of the model refused with status " + status);
  }

  static EngineException lost(Throwable cause) {
    return cause instanceof EngineException failure
        ? failure
        : new EngineException(
            EngineFailure.ENGINE_LOST, "the link to the head of the model failed: " + cause);
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return call(
        new EngineCommand.Tokenize(0, text, addSpecial, parseSpecial),
        report -> ((Tokenized) report).tokens());
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return call(new EngineCommand.Detokenize(0, tokens), report -> ((Detokenized) report).text());
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    return call(
        new EngineCommand.Embed(0, prompts),
        report -> {
          Embedded embedded = (Embedded) report;
          return new Embeddings(embedded.vectors(), embedded.promptTokens());
        });
  }

  private <T> Future<T> call(EngineCommand command, Function<EngineReport, T> answer) {
    return onContext(() ->
        request(HttpMethod.POST, LinkProtocol.CALLS)
            .compose(request -> request.send(Buffer.buffer(Frames.of(command))))
            .compose(response -> body(response, Frames.MAX_BODY_BYTES + Frames.HEADER_BYTES))
            .compose(body -> answered(body, answer))
            .recover(cause -> Future.failedFuture(lost(cause))));
  }

  private static <T> Future<T> answered(Buffer body, Function<EngineReport, T> answer) {
    try {
      List<byte[]> bodies = new FrameSplitter(Frames.MAX_BODY_BYTES).add(body);
      if (bodies.size() != 1) {
        return Future.failedFuture(new ProtocolException(bodies.size() + " answers"));
      }
      EngineReport report = Frames.report(bodies.getFirst());
      return report instanceof CallFailed failed
          ? Future.failedFuture(failed.failure())
          : Future.succeededFuture(answer.apply(report));
    } catch (ProtocolException | ClassCastException e) {
      return Future.failedFuture(e);
    }
  }
}
