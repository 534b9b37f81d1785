package dev.flotilla.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users and upstreams write. */
class UpstreamParsingTest {

  @ParameterizedTest
  @CsvSource({
    "a=http://box:8080,        a=http://box:8080",
    "a=http://box:8080/v1,     a=http://box:8080",
    "a=http://box:8080/v1/,    a=http://box:8080",
    "a=https://box/llm/v1,     a=https://box:443/llm",
    "a=http://box,             a=http://box:80",
    "x.y-1=HTTP://[::1]:9/,    x.y-1=http://[::1]:9"
  })
  void anAddressIsAServersUrlWithOrWithoutTheVersion(String given, String read) {
    assertThat(UpstreamAddress.parse(given)).hasToString(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://box",
        "=http://box",
        "a b=http://box",
        "a=box:8080",
        "a=ftp://box",
        "a=http://",
        "a=http://user:secret@box",
        "a=http://box?key=secret",
        "a=http://box#secret",
        "a=http://box:99999",
        "a=http://se cret",
        "a/b=http://box"
      })
  void whatIsNoAddressIsRefusedWithoutRepeatingSecrets(String given) {
    assertThatThrownBy(() -> UpstreamAddress.parse(given))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain("secret");
  }

  @Test
  void aKeyIsNeverShown() {
    UpstreamAddress address = UpstreamAddress.parse("a=http://box").withKey("s3cret");
    assertThat(new UpstreamOptions(List.of(address), 1_000).toString())
        .contains("box")
        .doesNotContain("s3cret");
  }

  @Test
  void contextsAreReadUnderTheNamesThatServersGiveThem() {
    var models =
        ModelListing.parse(
            Buffer.buffer(
                """
                {"data":[{"id":"flotilla","created":5,"meta":{"n_ctx":4096}},
                         {"id":"vllm","max_model_len":8192},{"id":"ollama"},
                         {"id":"ollama","max_model_len":1},{"id":7},{"no":1},"x",null,
                         {"id":"line\\nbreak"},{"id":""}]}\
                """));
    assertThat(models.values())
        .containsExactly(
            new ListedModel("flotilla", 4_096, 5),
            new ListedModel("vllm", 8_192, 0),
            new ListedModel("ollama", 0, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{\"data\":7}", "null", "<html>"})
  void whatIsNoListingIsRefused(String body) {
    assertThatThrownBy(() -> ModelListing.parse(Buffer.buffer(body)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aListingIsBounded() {
    JsonArray data = new JsonArray();
    IntStream.range(0, 5_000).forEach(i -> data.add(new JsonObject().put("id", "m" + i)));
    assertThat(ModelListing.parse(new JsonObject().put("data", data).toBuffer()))
        .hasSize(ModelListing.MAX_MODELS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|{'error':{'message':'no','code':'c','param':'p'}}|REQUEST_REFUSED|400|no",
        "422|{'detail':'bad field'}|REQUEST_REFUSED|422|bad field",
        "400|{'object':'error','message':'vllm says'}|REQUEST_REFUSED|400|vllm says",
        "404|{'error':'model not found'}|MODEL_GONE|404|model not found",
        "501|{}|MODEL_GONE|501|answered 501",
        "429|{}|BUSY|429|answered 429",
        "503|{'error':{'message':'loading'}}|BUSY|503|loading",
        "401|{'error':{'message':'bad key s3cret'}}|KEY_REFUSED|502|does not take the key",
        "500|<html>oops|BROKEN|502|answered 500",
        "301|''|BROKEN|502|answered 301"
      })
  void refusalsOfAllShapesBecomeOpenAis(
      int status, String body, UpstreamFailure failure, int told, String message) {
    UpstreamException refused =
        RefusedAnswer.parse("far", status, "7", Buffer.buffer(body.replace('\'', '"')));
    assertThat(refused.failure()).isEqualTo(failure);
    assertThat(refused.status()).isEqualTo(told);
    JsonObject error = refused.toJson().getJsonObject("error");
    assertThat(error.getString("message")).contains(message).doesNotContain("s3cret");
    assertThat(error.getString("type")).isNotBlank();
    assertThat(refused.retryAfterSeconds()).isEqualTo(failure == UpstreamFailure.BUSY ? 7 : 0);
  }

  @Test
  void aRefusalKeepsTheCodeAndTheFieldThatTheUpstreamNames() {
    JsonObject error =
        RefusedAnswer.parse(
                "far",
                400,
                null,
                Buffer.buffer("{\"error\":{\"message\":\"m\",\"code\":\"c\",\"param\":\"p\"}}"))
            .toJson()
            .getJsonObject("error");
    assertThat(error.getString("code")).isEqualTo("c");
    assertThat(error.getString("param")).isEqualTo("p");
  }

  @Test
  void eventsAreCutBetweenEventsHoweverTheyArrive() {
    for (String line : new String[] {"\n", "\r\n", "\r"}) {
      String stream =
          "data: one" + line + line + "event: x" + line + "data: two" + line + line + "data: thr";
      for (int cut = 0; cut <= stream.length(); cut++) {
        WholeEvents events = new WholeEvents();
        String first = events.add(Buffer.buffer(stream.substring(0, cut))).toString();
        String second = events.add(Buffer.buffer(stream.substring(cut))).toString();
        assertThat(first + second + events.rest()).isEqualTo(stream);
        assertThat(first)
            .satisfiesAnyOf(
                text -> assertThat(text).isEmpty(), text -> assertThat(text).endsWith(line + line));
        assertThat(events.rest().toString()).endsWith("data: thr");
      }
    }
  }

  @Test
  void anEndlessEventIsPassedOnInParts() {
    WholeEvents events = new WholeEvents();
    byte[] part = new byte[WholeEvents.MAX_EVENT_BYTES / 2 + 1];
    assertThat(events.add(Buffer.buffer(part)).length()).isZero();
    assertThat(events.add(Buffer.buffer(part)).length()).isEqualTo(2 * part.length);
    assertThat(events.rest().length()).isZero();
  }
}
