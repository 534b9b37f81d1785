package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void readsValuesOfEveryKind() {
    Map<String, Object> object =
        Json.object(
            Buffer.buffer(
                "{\"s\":\"ä\\u00e4\\ud83d\\ude00\",\"i\":1,\"l\":5000000000,\"d\":0.5,\"t\":true,"
                    + "\"f\":false,\"z\":null,\"a\":[1,[],null],\"o\":{\"x\":{}}}"));

    assertThat(object)
        .containsEntry("s", "ää😀")
        .containsEntry("i", 1)
        .containsEntry("l", 5_000_000_000L)
        .containsEntry("d", 0.5)
        .containsEntry("t", true)
        .containsEntry("f", false)
        .containsEntry("z", null)
        .containsEntry("a", Arrays.asList(1, List.of(), null))
        .containsEntry("o", Map.of("x", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1e999}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\ude00\\ud83d\"}",
        "{\"\\ud83d\":1}",
        "{} {}",
        "{}x",
        "{\"a\":[1,}",
        "{\"a\":[1",
        "{\"a\":/*x*/1}",
        "\uFEFF{}"
      })
  void refusesWhatIsNoJsonObject(String body) {
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> Json.object(Buffer.buffer(body)))
        .satisfies(cause -> assertThat(cause.failure()).isEqualTo(ApiFailure.INVALID_REQUEST));
  }

  @Test
  void refusesBrokenUtf8WithItsPlace() {
    byte[] body = "{\"a\":\"xxx\"}".getBytes(StandardCharsets.US_ASCII);
    body[7] = (byte) 0xC3;

    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> Json.object(Buffer.buffer(body)))
        .withMessage("The body is not valid UTF-8 at byte 7.");
  }

  @Test
  void refusesOtherEncodings() {
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(
            () -> Json.object(Buffer.buffer("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE))));
  }

  @Test
  void boundsTheDepth() {
    assertThat(Json.object(Buffer.buffer(nested(Json.MAX_DEPTH - 1)))).hasSize(1);
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> Json.object(Buffer.buffer(nested(Json.MAX_DEPTH))));
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> Json.object(Buffer.buffer("{\"a\":" + "[".repeat(1_000_000))));
  }

  private static String nested(int arrays) {
    return "{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}";
  }
}
