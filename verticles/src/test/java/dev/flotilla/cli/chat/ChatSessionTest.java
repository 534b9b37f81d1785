package dev.flotilla.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.TestingApiServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ChatSessionTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void sendsTheWholeConversation() throws IOException {
    try (TestingApiServer server = TestingApiServer.answering("Ah", "oy", "!")) {
      assertThat(talk(api(server, "testing"), Optional.of("Be brief."), "Hello", "", "Again"))
          .isTrue();

      assertThat(out.toString()).isEqualToNormalizingNewlines("Ahoy!\nAhoy!\n");
      assertThat(messages(server))
          .containsExactly("system: Be brief.", "user: Hello", "assistant: Ahoy!", "user: Again");
      assertThat(server.authorizations).containsOnly("Bearer a-key");
    }
  }

  @Test
  void commandsChangeTheConversation() throws IOException {
    try (TestingApiServer server = TestingApiServer.answering("Aye")) {
      talk(
          api(server, "testing"),
          Optional.of("old"),
          "one",
          "/clear",
          "/system new words",
          "/help",
          "/what",
          "two",
          "/exit",
          "three");

      assertThat(messages(server)).containsExactly("system: new words", "user: two");
      assertThat(err.toString()).contains("/clear  ", "There is no command /what");
    }
  }

  @Test
  void aRefusedQuestionIsForgotten() throws IOException {
    try (TestingApiServer server = TestingApiServer.answering("Aye")) {
      assertThat(talk(api(server, "other"), Optional.empty(), "one", "two")).isFalse();

      assertThat(err.toString()).contains("No answer: HTTP 404: no model called that");
      assertThat(messages(server)).containsExactly("user: two");
    }
  }

  @Test
  void stoppingClosesTheConnectionAndKeepsWhatWasSaid() throws Exception {
    try (TestingApiServer server = TestingApiServer.repeating("word ")) {
      ChatApi api = api(server, "testing");
      CountDownLatch speaking = new CountDownLatch(1);
      Thread stopper =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  speaking.await();
                  api.stop();
                } catch (InterruptedException | IOException e) {
                  throw new AssertionError(e);
                }
              });

      String answer = api.ask(new JsonArray(), _ -> speaking.countDown());

      assertThat(answer).startsWith("word ");
      server.clientLeft.await();
      stopper.join();
    }
  }

  @Test
  void stoppingWithNoAnswerInProgressDoesNothing() throws IOException {
    try (TestingApiServer server = TestingApiServer.answering("Aye")) {
      ChatApi api = api(server, "testing");
      api.stop();

      assertThat(api.ask(new JsonArray(), _ -> {})).isEqualTo("Aye");
    }
  }

  private boolean talk(ChatApi api, Optional<String> system, String... lines) throws IOException {
    Deque<String> input = new ArrayDeque<>(List.of(lines));
    return new ChatSession(
            api,
            () -> Optional.ofNullable(input.poll()),
            new PrintWriter(out),
            new PrintWriter(err),
            system)
        .run();
  }

  private static ChatApi api(TestingApiServer server, String model) {
    return new ChatApi(ApiBase.of(server.url(), Optional.of("a-key")), model);
  }

  /** The messages of the last request. */
  private static List<String> messages(TestingApiServer server) {
    JsonObject last = server.requests.stream().reduce((_, second) -> second).orElseThrow();
    return last.getJsonArray("messages").stream()
        .map(JsonObject.class::cast)
        .map(message -> message.getString("role") + ": " + message.getString("content"))
        .toList();
  }
}
