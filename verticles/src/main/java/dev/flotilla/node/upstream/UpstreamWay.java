package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;

/** How requests reach an upstream. Used on event loops, any of them. */
@FunctionalInterface
public interface UpstreamWay {

  /**
   * A request that is not sent yet.
   *
   * @param path of OpenAI's API, from {@code /v1} on
   */
  Future<HttpClientRequest> request(HttpMethod method, String path);
}
