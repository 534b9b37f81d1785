package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Asks an upstream what it serves, which also tells whether it is there. On an event loop. */
final class ModelProbe {
  private static final long LIMIT_MILLIS = 3_000;
  private static final long CANCEL = 8;

  private ModelProbe() {}

  /** Its models; fails, within a few seconds, with a message for people. */
  static Future<Map<String, ListedModel>> ask(UpstreamServer server) {
    Promise<HttpClientRequest> opened = Promise.promise();
    return server
        .request(HttpMethod.GET, "/v1/models")
        .onComplete(opened)
        .compose(HttpClientRequest::send)
        .compose(ModelProbe::body)
        .map(ModelListing::parse)
        .timeout(LIMIT_MILLIS, TimeUnit.MILLISECONDS)
        .onFailure(_ -> opened.future().onSuccess(request -> request.reset(CANCEL)));
  }

  private static Future<Buffer> body(HttpClientResponse response) {
    if (response.statusCode() != 200) {
      return Future.failedFuture("it answers " + response.statusCode() + " to GET /v1/models");
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(bytes -> {
      if (body.length() + bytes.length() <= ModelListing.MAX_BYTES) {
        body.appendBuffer(bytes);
      } else {
        whole.tryFail("its list of models is longer than " + ModelListing.MAX_BYTES + " bytes");
      }
    });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(_ -> whole.tryComplete(body));
    return whole.future();
  }
}
