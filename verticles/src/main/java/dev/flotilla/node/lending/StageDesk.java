package dev.flotilla.node.lending;

import dev.flotilla.tokens.NodeCertificate;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where heads ask this node to host stages. Who may ask is decided by the plane that this is
 * mounted on.
 *
 * <pre>
 * POST   /stages          a {@link StageOrder}; answered by a {@link StageAnswer}
 * POST   /stages/prefetch {"model", "from", "to"}: a stage that may be ordered later
 * DELETE /stages/{stage}  the stage is not needed any more
 * </pre>
 */
public final class StageDesk {
  private static final Logger log = LoggerFactory.getLogger(StageDesk.class);

  /** Where this is mounted. */
  public static final String PATH = "/stages";

  /** Where slices are asked for ahead. */
  public static final String PREFETCH = PATH + "/prefetch";

  private static final int MAX_ORDER_BYTES = 16 << 10;
  private static final Pattern STAGE =
      Pattern.compile(PATH + "/([0-9a-f]{32}-[0-9]{1,5}-[0-9]{1,5})");

  private final LentStages stages;

  public StageDesk(LentStages stages) {
    this.stages = stages;
  }

  /** Handles a request, on its event loop. */
  public void handle(NodeCertificate caller, HttpServerRequest request) {
    Matcher stage = STAGE.matcher(request.path());
    if (request.path().equals(PATH) && request.method().equals(HttpMethod.POST)) {
      var _ =
          BoundedBody.read(request, MAX_ORDER_BYTES)
              .compose(body -> order(caller, body))
              .onSuccess(answer -> respond(request, 200, answer))
              .onFailure(thrown -> refuse(request, thrown));
    } else if (request.path().equals(PREFETCH) && request.method().equals(HttpMethod.POST)) {
      var _ =
          BoundedBody.read(request, MAX_ORDER_BYTES)
              .map(body -> {
                stages.prefetch(caller.id(), SliceJson.of(new JsonObject(body)));
                return new JsonObject();
              })
              .onSuccess(answer -> respond(request, 200, answer))
              .onFailure(thrown -> refuse(request, thrown));
    } else if (stage.matches() && request.method().equals(HttpMethod.DELETE)) {
      stages.release(caller.id(), stage.group(1));
      respond(request, 200, new JsonObject());
    } else {
      respond(request, 404, problem("there is nothing here"));
    }
  }

  private Future<JsonObject> order(NodeCertificate caller, Buffer body) {
    return stages.order(caller.id(), StageOrder.of(new JsonObject(body))).map(StageAnswer::toJson);
  }

  private static void refuse(HttpServerRequest request, Throwable thrown) {
    if (thrown instanceof IllegalArgumentException || thrown instanceof DecodeException) {
      respond(request, 400, problem("no order: " + thrown.getMessage()));
    } else {
      log.warn("an order of a stage failed", thrown);
      respond(request, 500, problem("this node failed to answer"));
    }
  }

  private static JsonObject problem(String message) {
    return new JsonObject().put("message", message);
  }

  private static void respond(HttpServerRequest request, int status, JsonObject body) {
    if (!request.response().closed()) {
      var _ =
          request
              .response()
              .setStatusCode(status)
              .putHeader("content-type", "application/json")
              .end(body.toBuffer());
    }
  }
}
