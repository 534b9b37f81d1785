package dev.flotilla.cli.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An OpenAI endpoint on a free port that answers every chat and completion with the same words, or
 * without end. A prompt has as many tokens as words.
 */
public final class TestingApiServer implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> words;
  private final boolean endless;

  /** Bodies of the chats and completions that were asked for, in order. */
  public final Queue<JsonObject> requests = new ConcurrentLinkedQueue<>();

  /** What requests sent as bearer token. */
  public final Queue<String> authorizations = new ConcurrentLinkedQueue<>();

  /** Opens when a client has closed the connection in the middle of an endless answer. */
  public final CountDownLatch clientLeft = new CountDownLatch(1);

  private TestingApiServer(List<String> words, boolean endless) throws IOException {
    this.words = words;
    this.endless = endless;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/v1/models", this::models);
    server.createContext("/tokenize", this::tokenize);
    server.createContext("/v1/completions", exchange -> answer(exchange, false));
    server.createContext("/v1/chat/completions", exchange -> answer(exchange, true));
    server.start();
  }

  /** A server that answers with some words, each an event of its own. */
  public static TestingApiServer answering(String... words) throws IOException {
    return new TestingApiServer(List.of(words), false);
  }

  /** A server that repeats a word until its client leaves. */
  public static TestingApiServer repeating(String word) throws IOException {
    return new TestingApiServer(List.of(word), true);
  }

  /** Where it is. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void models(HttpExchange exchange) throws IOException {
    JsonObject model = new JsonObject().put("id", "testing");
    reply(exchange, 200, new JsonObject().put("data", new JsonArray().add(model)));
  }

  private void tokenize(HttpExchange exchange) throws IOException {
    JsonArray tokens = new JsonArray();
    wordsOf(body(exchange).getString("content")).forEach(_ -> tokens.add(1));
    reply(exchange, 200, new JsonObject().put("tokens", tokens));
  }

  private void answer(HttpExchange exchange, boolean chat) throws IOException {
    JsonObject request = body(exchange);
    requests.add(request);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    authorizations.add(authorization == null ? "" : authorization);
    if (!"testing".equals(request.getString("model"))) {
      JsonObject error = new JsonObject().put("message", "no model called that");
      reply(exchange, 404, new JsonObject().put("error", error));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      do {
        for (String word : words) {
          send(out, event(chat, word));
        }
      } while (endless);
      send(out, usage(request, chat));
      send(out, "[DONE]");
    } catch (IOException _) {
      clientLeft.countDown();
    }
  }

  private static void send(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static String event(boolean chat, String text) {
    JsonObject choice =
        chat
            ? new JsonObject().put("delta", new JsonObject().put("content", text))
            : new JsonObject().put("text", text);
    return new JsonObject().put("choices", new JsonArray().add(choice)).encode();
  }

  private String usage(JsonObject request, boolean chat) {
    int prompt = chat ? 1 : wordsOf(request.getString("prompt")).size();
    JsonObject usage =
        new JsonObject().put("prompt_tokens", prompt).put("completion_tokens", words.size());
    return new JsonObject().put("choices", new JsonArray()).put("usage", usage).encode();
  }

  private static List<String> wordsOf(String text) {
    return List.of(text.split(" ", -1));
  }

  private static JsonObject body(HttpExchange exchange) throws IOException {
    return new JsonObject(
        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
  }

  private static void reply(HttpExchange exchange, int status, JsonObject body) throws IOException {
    byte[] bytes = body.encode().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
