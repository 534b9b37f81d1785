package dev.flotilla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node without a model of its user's serves the one that comes with Flotilla. */
class DemoModelTest {
  private static final String MODEL = "flotilla-demo";

  @TempDir private static Path folder;
  private static Path log;
  private static RunningNode node;

  @BeforeAll
  static void start() throws Exception {
    log = folder.resolve("log");
    node = RunningNode.startInstalled(Repository.root(), log, folder.resolve("state"));
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void isWhatTheNodeServes() throws Exception {
    JsonArray models = new JsonObject(node.get("/v1/models").body()).getJsonArray("data");
    assertThat(models).hasSize(1);
    assertThat(models.getJsonObject(0).getString("id")).isEqualTo(MODEL);
  }

  @Test
  void isCalledAToyByTheBannerWhichSaysHowToServeARealModel() throws Exception {
    assertThat(Files.readString(log))
        .containsPattern("models +" + MODEL + ", the toy that comes with Flotilla")
        .contains("flotilla run --model FILE");
  }

  @ParameterizedTest
  @CsvSource({
    "What is 3 + 4?, '= 7.'",
    "What is 20 - 6?, '= 14.'",
    "Which day comes after Monday?, Tuesday",
    "What is the opposite of hot?, cold",
    "Who are you?, demo model",
    "How do I start Flotilla?, ./flotilla run",
    "What is the capital of France?, only a demo model",
  })
  void answersAndEndsByItself(String question, String answer) throws Exception {
    assertThat(reply(user(question))).contains(answer);
  }

  @Test
  void heedsTheSystemPrompt() throws Exception {
    JsonObject pirate = message("system", "You are a pirate.");
    assertThat(reply(pirate, user("What is 3 + 4?"))).startsWith("Arr!").contains("= 7.");
  }

  @Test
  void remembersEarlierTurns() throws Exception {
    JsonObject[] talk = {
      user("My name is Anna."),
      message("assistant", "Nice to meet you, Anna!"),
      user("What is 3 + 4?"),
      message("assistant", "3 + 4 = 7."),
      user("What is my name?")
    };
    assertThat(reply(talk)).contains("Anna");
  }

  /** The greedy answer, which must have ended with the model's end-of-turn token. */
  private static String reply(JsonObject... messages) throws Exception {
    JsonObject request =
        new JsonObject()
            .put("messages", JsonArray.of((Object[]) messages))
            .put("temperature", 0)
            .put("max_tokens", 100);
    HttpResponse<String> response = node.post("/v1/chat/completions", request.encode());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonObject choice = new JsonObject(response.body()).getJsonArray("choices").getJsonObject(0);
    assertThat(choice.getString("finish_reason")).as(response.body()).isEqualTo("stop");
    return choice.getJsonObject("message").getString("content");
  }

  private static JsonObject user(String text) {
    return message("user", text);
  }

  private static JsonObject message(String role, String text) {
    return JsonObject.of("role", role, "content", text);
  }
}
