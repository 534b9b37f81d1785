package dev.flotilla.cli.chat;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.StreamConnection;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks one model, one answer at a time. One thread, except for {@link #stop()}. */
public final class ChatApi {

  private final ApiBase api;
  private final String model;
  private final Object lock = new Object();
  private @Nullable StreamConnection running;
  private boolean stopped;

  /** A model of a server. */
  public ChatApi(ApiBase api, String model) {
    this.api = api;
    this.model = model;
  }

  /** The model's id. */
  public String model() {
    return model;
  }

  /**
   * Streams an answer.
   *
   * @param messages the conversation
   * @param onText takes the answer piece by piece
   * @return the whole answer, or what there was of it when it was stopped
   * @throws IOException if the server can't be reached, refuses, or breaks off
   */
  String ask(JsonArray messages, Consumer<String> onText) throws IOException {
    JsonObject request =
        new JsonObject().put("model", model).put("messages", messages).put("stream", true);
    StringBuilder answer = new StringBuilder();
    try (StreamConnection connection = new StreamConnection(api)) {
      start(connection);
      connection.post(
          "/v1/chat/completions",
          request.encode().getBytes(StandardCharsets.UTF_8),
          (buffer, length) -> {
            String text = textOf(new String(buffer, 0, length, StandardCharsets.UTF_8));
            answer.append(text);
            onText.accept(text);
          });
    } catch (IOException e) {
      if (!isStopped()) {
        throw e;
      }
    } finally {
      end();
    }
    return answer.toString();
  }

  /** Stops the answer in progress, if there is one, by closing its connection. Any thread. */
  public void stop() throws IOException {
    synchronized (lock) {
      if (running != null) {
        stopped = true;
        running.close();
      }
    }
  }

  private void start(StreamConnection connection) {
    synchronized (lock) {
      running = connection;
      stopped = false;
    }
  }

  private void end() {
    synchronized (lock) {
      running = null;
    }
  }

  private boolean isStopped() {
    synchronized (lock) {
      return stopped;
    }
  }

  /** The text in one event: empty for events that carry none. */
  private static String textOf(String data) throws IOException {
    if (data.equals("[DONE]")) {
      return "";
    }
    try {
      JsonObject event = new JsonObject(data);
      JsonObject error = event.getJsonObject("error");
      if (error != null) {
        throw new IOException("the answer broke off: " + error.getString("message"));
      }
      JsonArray choices = event.getJsonArray("choices", new JsonArray());
      if (choices.isEmpty()) {
        return "";
      }
      String text =
          choices.getJsonObject(0).getJsonObject("delta", new JsonObject()).getString("content");
      return text == null ? "" : text;
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("the server sent an event that is no chat chunk: " + data, e);
    }
  }
}
