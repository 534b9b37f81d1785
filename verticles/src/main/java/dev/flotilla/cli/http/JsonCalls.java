package dev.flotilla.cli.http;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;

/** Small JSON calls to an API, one after the other. Closing it ends its connections. */
public final class JsonCalls implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int MAX_EXCERPT_CHARS = 300;

  private final ApiBase api;
  private final HttpClient client;

  /** Calls to one API. */
  public JsonCalls(ApiBase api) {
    this.api = api;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .sslContext(api.trust())
            .build();
  }

  /**
   * The answer to a GET.
   *
   * @throws ApiException if the status is not 200 or the answer no JSON object
   * @throws IOException if the API can't be reached
   */
  public JsonObject get(String path) throws IOException {
    return call(path, request(path).GET());
  }

  /**
   * The answer to a POST.
   *
   * @throws ApiException if the status is not 200 or the answer no JSON object
   * @throws IOException if the API can't be reached
   */
  public JsonObject post(String path, JsonObject body) throws IOException {
    return call(
        path,
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.encode())));
  }

  /**
   * The answer to a DELETE.
   *
   * @throws ApiException if the status is not 200 or the answer no JSON object
   * @throws IOException if the API can't be reached
   */
  public JsonObject delete(String path) throws IOException {
    return call(path, request(path).DELETE());
  }

  /**
   * The answer to a GET, whatever its form.
   *
   * @throws ApiException if the status is not 200
   * @throws IOException if the API can't be reached
   */
  public String getText(String path) throws IOException {
    return body(request(path).GET());
  }

  /** The id of the first model that the API lists. */
  public String firstModel() throws IOException {
    JsonArray models = get("/v1/models").getJsonArray("data", new JsonArray());
    if (models.isEmpty()) {
      throw new ApiException(404, "there is no model at " + api);
    }
    return models.getJsonObject(0).getString("id");
  }

  @Override
  public void close() {
    client.close();
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(api.at(path)).timeout(TIMEOUT);
    api.apiKey().ifPresent(key -> builder.header("Authorization", "Bearer " + key));
    return builder;
  }

  private JsonObject call(String path, HttpRequest.Builder request) throws IOException {
    try {
      return new JsonObject(body(request));
    } catch (DecodeException _) {
      throw new ApiException(200, api.at(path) + " answers no JSON object");
    }
  }

  private String body(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new ApiException(response.statusCode(), problem(response.body()));
      }
      return response.body();
    } catch (SSLHandshakeException e) {
      throw api.unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** What an error answer says, in OpenAI's form or any other. */
  static String problem(String body) {
    try {
      JsonObject error = new JsonObject(body).getJsonObject("error");
      if (error != null && error.getString("message") != null) {
        return error.getString("message");
      }
    } catch (DecodeException | ClassCastException _) {
      // Not OpenAI's form: shown as it is.
    }
    return body.length() <= MAX_EXCERPT_CHARS ? body : body.substring(0, MAX_EXCERPT_CHARS) + "…";
  }
}
