package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lets gateways of the swarm use this node's upstreams, at the links' port. What follows {@code
 * /upstream/NAME} is the path of the request that the upstream gets. The gateway tries others; here
 * every request has one upstream. Any event loop.
 */
public final class UpstreamDesk {
  /** Begins the paths of this desk. */
  public static final String PATH = "/upstream";

  /** What gateways pass on. */
  static final Set<String> PASSED_ON =
      Set.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings");

  /** Requests of all gateways at a time. */
  static final int MAX_REQUESTS = 256;

  private static final Pattern PARTS = Pattern.compile(PATH + "/([^/]{1,32})(/v1/[a-z/]{1,64})");

  private final Upstreams upstreams;
  private final int bodyLimitBytes;
  private final Semaphore places = new Semaphore(MAX_REQUESTS);

  /** A desk that reads requests up to some size. */
  public UpstreamDesk(Upstreams upstreams, int bodyLimitBytes) {
    this.upstreams = upstreams;
    this.bodyLimitBytes = bodyLimitBytes;
  }

  /** Answers a member's request. */
  public void handle(HttpServerRequest request) {
    Matcher parts = PARTS.matcher(request.path());
    if (!parts.matches() || !upstreams.own().contains(parts.group(1))) {
      refuse(request, UpstreamFailure.MODEL_GONE, "This node has no such upstream.");
      return;
    }
    String server = parts.group(1);
    String path = parts.group(2);
    if (request.method().equals(HttpMethod.GET) && path.equals("/v1/models")) {
      list(request, server);
    } else if (request.method().equals(HttpMethod.POST) && PASSED_ON.contains(path)) {
      relay(request, server, path);
    } else {
      refuse(request, UpstreamFailure.MODEL_GONE, "Nothing is passed on there.");
    }
  }

  private void list(HttpServerRequest request, String server) {
    if (!upstreams.isUp(server)) {
      refuse(request, UpstreamFailure.NONE_LEFT, "The upstream is down.");
      return;
    }
    JsonArray data = new JsonArray();
    for (UpstreamModel model : upstreams.models(server)) {
      data.add(
          new JsonObject()
              .put("id", model.id())
              .put("created", model.createdSeconds())
              .put(
                  "meta",
                  new JsonObject().put("n_ctx", model.replicas().getFirst().contextTokens())));
    }
    var _ = request.response().end(new JsonObject().put("data", data).toBuffer());
  }

  private void relay(HttpServerRequest request, String server, String path) {
    if (!places.tryAcquire()) {
      refuse(request, UpstreamFailure.BUSY, "This node passes on too many requests already.");
      return;
    }
    Relaying relaying = new Relaying(request, server, path);
    // However it ends: nobody may go on working for a gateway that is gone.
    request.response().endHandler(_ -> relaying.over()).closeHandler(_ -> relaying.over());
    request.handler(relaying::append).endHandler(_ -> relaying.send());
    request.exceptionHandler(_ -> relaying.over());
  }

  private static void refuse(HttpServerRequest request, UpstreamFailure failure, String message) {
    AnswerPump.refuse(request.response(), UpstreamException.of(failure, message));
  }

  /** One request of a gateway. */
  private final class Relaying {
    private final HttpServerRequest request;
    private final String server;
    private final String path;
    private final Buffer body = Buffer.buffer();
    private Runnable cancel = () -> {};
    private boolean over;

    Relaying(HttpServerRequest request, String server, String path) {
      this.request = request;
      this.server = server;
      this.path = path;
    }

    void append(Buffer bytes) {
      if (body.length() + bytes.length() <= bodyLimitBytes) {
        body.appendBuffer(bytes);
      } else if (!over) {
        refuse(request, UpstreamFailure.BROKEN, "The request is longer than this node reads.");
        over();
      }
    }

    void send() {
      if (over) {
        return;
      }
      boolean stream = "text/event-stream".equals(request.getHeader("Accept"));
      String sentId = request.getHeader("x-request-id");
      String id = sentId == null ? "" : sentId;
      UpstreamCall call =
          upstreams.relay(
              new UpstreamRequest(path, server, Optional.empty(), body, stream, id), server);
      cancel = call::cancel;
      var _ =
          call.answer()
              .onSuccess(answer -> AnswerPump.pump(answer, request.response(), _ -> {}))
              .onFailure(cause -> {
                if (cause instanceof UpstreamException refused) {
                  AnswerPump.refuse(request.response(), refused);
                }
              });
    }

    void over() {
      if (!over) {
        over = true;
        places.release();
        cancel.run();
      }
    }
  }
}
