package dev.flotilla.federation.link;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.Cancel;
import dev.flotilla.engine.process.EngineCommand.Detokenize;
import dev.flotilla.engine.process.EngineCommand.Embed;
import dev.flotilla.engine.process.EngineCommand.Grant;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineCommand.NoStage;
import dev.flotilla.engine.process.EngineCommand.Open;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.EngineCommand.Probe;
import dev.flotilla.engine.process.EngineCommand.Relink;
import dev.flotilla.engine.process.EngineCommand.RenewLinks;
import dev.flotilla.engine.process.EngineCommand.Stop;
import dev.flotilla.engine.process.EngineCommand.Tokenize;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.Frames;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.federation.AnnouncementCodec;
import dev.flotilla.federation.link.HostedReplicas.Hosted;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Serves a node's replicas to gateways: a handler for requests under {@value LinkProtocol#PREFIX}
 * of a server whose TLS has already made sure who asks.
 *
 * <p>A session is a POST whose answer is a stream of frames: events, and signs of life between
 * them. The request stays open for the credit of its reader and for signs that it is alive; its end
 * is the cancellation, and so is a reset stream.
 */
public final class PipelineServer implements Handler<HttpServerRequest> {
  private final Vertx vertx;
  private final HostedReplicas replicas;

  /** A handler for some replicas. */
  public PipelineServer(Vertx vertx, HostedReplicas replicas) {
    this.vertx = vertx;
    this.replicas = replicas;
  }

  /** Whether a request is for this handler. */
  public static boolean serves(HttpServerRequest request) {
    return request.path() != null && request.path().startsWith(LinkProtocol.PREFIX);
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (!LinkProtocol.VERSION.equals(request.getHeader(LinkProtocol.VERSION_HEADER))) {
      refuse(request, 400, "this node speaks version " + LinkProtocol.VERSION + " of the link");
      return;
    }
    String path = request.path();
    int slash = path.lastIndexOf('/');
    String model =
        slash <= LinkProtocol.PREFIX.length()
            ? ""
            : decoded(path.substring(LinkProtocol.PREFIX.length(), slash));
    var hosted = replicas.find(model);
    if (hosted.isEmpty()) {
      refuse(request, LinkProtocol.UNKNOWN_MODEL, "this node has no such model");
      return;
    }
    switch (request.method().name() + path.substring(slash)) {
      case "POST" + LinkProtocol.SESSIONS -> session(request, hosted.get().pipeline());
      case "POST" + LinkProtocol.CALLS ->
          commands(request, command -> call(request, hosted.get().pipeline(), command), _ -> {});
      case "GET" + LinkProtocol.REPLICA -> replica(request, hosted.get());
      case "GET" + LinkProtocol.DESCRIPTION -> {
        var _ = request.response().end(Buffer.buffer(hosted.get().description()));
      }
      default -> refuse(request, 404, "no such path");
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static void replica(HttpServerRequest request, Hosted hosted) {
    var _ = request.response().end(Buffer.buffer(AnnouncementCodec.encode(hosted.announcement())));
  }

  /** Hands over the commands of a request, whole frames each, until one is refused. */
  private static void commands(
      HttpServerRequest request, Handler<EngineCommand> next, Handler<Throwable> broken) {
    FrameSplitter splitter = new FrameSplitter(LinkProtocol.MAX_REQUEST_BYTES);
    request.handler(bytes -> {
      try {
        for (byte[] body : splitter.add(bytes)) {
          next.handle(Frames.command(body));
        }
      } catch (ProtocolException e) {
        request.handler(null);
        refuse(request, 400, String.valueOf(e.getMessage()));
        broken.handle(e);
      }
    });
    request.exceptionHandler(broken);
    request.endHandler(_ -> {
      if (!splitter.atBoundary()) {
        broken.handle(new ProtocolException("a request ended inside a command"));
      }
      refuse(request, 400, "no whole command");
    });
  }

  /** A session: first what to open, then what its reader asks for. */
  private void session(HttpServerRequest request, Pipeline pipeline) {
    ServedSession session = new ServedSession(vertx, request.response(), pipeline);
    commands(
        request,
        command -> {
          switch (command) {
            case Open open -> {
              request.endHandler(_ -> session.cancel());
              session.open(open.request(), open.credit());
            }
            case Grant(long _, int events) -> session.granted(events);
            case Load _,
                Prepare _,
                Cancel _,
                Tokenize _,
                Detokenize _,
                Embed _,
                Relink _,
                NoStage _,
                RenewLinks _,
                Probe _,
                Stop _ -> {
              refuse(request, 400, "not a command of a session");
              session.cancel();
            }
          }
        },
        _ -> session.cancel());
  }

  private static void call(HttpServerRequest request, Pipeline pipeline, EngineCommand command) {
    Future<? extends EngineReport> answer =
        switch (command) {
          case Tokenize(long call, String text, boolean addSpecial, boolean parseSpecial) ->
              pipeline
                  .tokenize(text, addSpecial, parseSpecial)
                  .map(tokens -> new Tokenized(call, tokens));
          case Detokenize(long call, int[] tokens) ->
              pipeline.detokenize(tokens).map(text -> new Detokenized(call, text));
          case Embed(long call, List<Prompt> prompts) ->
              pipeline
                  .embed(prompts)
                  .map(embeddings ->
                      new Embedded(call, embeddings.vectors(), embeddings.promptTokens()));
          case Load _,
              Prepare _,
              Open _,
              Grant _,
              Cancel _,
              Relink _,
              NoStage _,
              RenewLinks _,
              Probe _,
              Stop _ ->
              Future.failedFuture(new EngineException(EngineFailure.INVALID_REQUEST, "not a call"));
        };
    request.response().setChunked(true);
    var _ = request.response().write(Buffer.buffer());
    var _ =
        answer.onComplete(result -> {
          EngineReport report =
              result.succeeded() ? result.result() : new CallFailed(0, failure(result.cause()));
          var _ = request.response().end(Buffer.buffer(Frames.of(report)));
        });
  }

  static EngineException failure(Throwable cause) {
    return cause instanceof EngineException failure
        ? failure
        : new EngineException(EngineFailure.INTERNAL, String.valueOf(cause));
  }

  /** Does nothing once an answer was begun. */
  private static void refuse(HttpServerRequest request, int status, String why) {
    if (!request.response().headWritten() && !request.response().closed()) {
      var _ = request.response().setStatusCode(status).end(why);
    }
  }
}
