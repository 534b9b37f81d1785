package dev.flotilla.node.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes requests that no well-behaved client sends; the same for the same random numbers. */
final class MalformedRequests {
  private static final List<String> PATHS =
      List.of(
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/embeddings",
          "/tokenize",
          "/detokenize",
          "/apply-template");
  private static final List<String> NUMBERS =
      List.of(
          "temperature",
          "top_p",
          "min_p",
          "typical_p",
          "repeat_penalty",
          "frequency_penalty",
          "presence_penalty",
          "mirostat_tau");
  private static final List<String> INTEGERS =
      List.of("top_k", "n", "max_tokens", "repeat_last_n", "mirostat", "max_completion_tokens");
  private static final List<String> FLAGS =
      List.of("stream", "ignore_eos", "cache_prompt", "deterministic", "logprobs");
  private static final List<String> OBJECTS =
      List.of("stream_options", "logit_bias", "response_format", "chat_template_kwargs");
  private static final List<String> HUGE =
      List.of(
          "1e999",
          "-1e999",
          "1e300",
          "99999999999999999999999999",
          "-99999999999999999999999999",
          "1" + "0".repeat(5_000),
          "0." + "0".repeat(5_000) + "1",
          "1e2147483648");

  private final Random random;
  private final int bodyLimitBytes;

  MalformedRequests(Random random, int bodyLimitBytes) {
    this.random = random;
    this.bodyLimitBytes = bodyLimitBytes;
  }

  /** What must become of a request. */
  enum Fate {
    /** A 4xx. */
    REFUSED,
    /** A 4xx, or the connection is closed without an answer: it is not HTTP, or not all of it. */
    REFUSED_OR_CLOSED,
    /** Anything but a 5xx: damage may leave a request whole. */
    SURVIVED
  }

  /**
   * Bytes to send.
   *
   * @param kind what is wrong, for messages
   */
  record Malformed(String kind, byte[] bytes, Fate fate) {

    /** Whether it names a version of HTTP that is served: Vert.x itself answers 501 to others. */
    boolean isHttp1() {
      String line = new String(bytes, StandardCharsets.ISO_8859_1).lines().findFirst().orElse("");
      return line.endsWith(" HTTP/1.1") || line.endsWith(" HTTP/1.0");
    }
  }

  Malformed next() {
    return switch (random.nextInt(13)) {
      case 0 -> post("cut JSON", cut(validChat()));
      case 1 -> post("wrong type", wrongType());
      case 2 -> post("huge number", hugeNumber());
      case 3 -> post("broken UTF-8", brokenUtf8());
      case 4 -> post("deep nesting", deep());
      case 5 -> post("oversized", new byte[bodyLimitBytes + 1 + random.nextInt(bodyLimitBytes)]);
      case 6 -> oversizedInChunks();
      case 7 -> truncated();
      case 8 -> garbage();
      case 9 -> damaged();
      case 10 -> unknownRoute();
      case 11 -> brokenHead();
      default -> post("random JSON tokens", randomTokens());
    };
  }

  private Malformed post(String kind, byte[] body) {
    return new Malformed(kind, request(pick(PATHS), body.length, body), Fate.REFUSED);
  }

  private static byte[] validChat() {
    return ChatTest.chat().put("stream", true).put("n", 2).toBuffer().getBytes();
  }

  private byte[] cut(byte[] body) {
    return Arrays.copyOf(body, random.nextInt(body.length));
  }

  /** Every route reads some of these fields before it accepts the rest. */
  private byte[] wrongType() {
    JsonObject body = new JsonObject();
    Object[] wrong = {"x", new JsonArray().add(1), new JsonObject().put("x", 1)};
    switch (random.nextInt(5)) {
      case 0 -> body.put(pick(NUMBERS), wrong[random.nextInt(3)]);
      case 1 -> body.put(pick(INTEGERS), wrong[random.nextInt(3)]);
      case 2 -> body.put(pick(FLAGS), wrong[random.nextInt(3)]);
      case 3 -> body.put(pick(OBJECTS), wrong[random.nextInt(2)]);
      default -> body.put("model", wrong[1 + random.nextInt(2)]);
    }
    // The fields that routes require are wrong as well, as few routes read all of the above.
    for (String required : List.of("messages", "prompt", "input", "content", "tokens")) {
      body.put(required, random.nextBoolean() ? random.nextInt() + 0.5 : random.nextBoolean());
    }
    return body.toBuffer().getBytes();
  }

  private byte[] hugeNumber() {
    String field = random.nextBoolean() ? pick(NUMBERS) : pick(INTEGERS);
    return ("{\"" + field + "\":" + pick(HUGE) + ",\"messages\":1e999}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] brokenUtf8() {
    byte[][] broken = {
      {(byte) 0xFF},
      {(byte) 0xC0, (byte) 0x80},
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
      {(byte) 0xF5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
      {(byte) 0xE2, (byte) 0x82},
      {(byte) 0x80}
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a".getBytes(StandardCharsets.UTF_8));
    out.writeBytes(broken[random.nextInt(broken.length)]);
    out.writeBytes("b\"}]}".getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  private byte[] deep() {
    int depth = Json.MAX_DEPTH + 1 + random.nextInt(5_000);
    String open = random.nextBoolean() ? "[" : "{\"a\":";
    return ("{\"messages\":" + open.repeat(depth)).getBytes(StandardCharsets.US_ASCII);
  }

  private Malformed oversizedInChunks() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ascii("POST " + pick(PATHS) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"));
    out.writeBytes(ascii("Transfer-Encoding: chunked\r\n\r\n"));
    byte[] chunk = new byte[4096];
    for (int sent = 0; sent <= bodyLimitBytes; sent += chunk.length) {
      out.writeBytes(ascii("1000\r\n"));
      out.writeBytes(chunk);
      out.writeBytes(ascii("\r\n"));
    }
    out.writeBytes(ascii("0\r\n\r\n"));
    return new Malformed("oversized in chunks", out.toByteArray(), Fate.REFUSED);
  }

  private Malformed truncated() {
    byte[] body = validChat();
    int more = 1 + random.nextInt(1_000);
    return new Malformed(
        "truncated body",
        request("/v1/chat/completions", body.length + more, body),
        Fate.REFUSED_OR_CLOSED);
  }

  private Malformed garbage() {
    byte[] bytes = new byte[1 + random.nextInt(2_000)];
    random.nextBytes(bytes);
    return new Malformed("garbage", bytes, Fate.REFUSED_OR_CLOSED);
  }

  private Malformed damaged() {
    byte[] body = validChat();
    byte[] bytes = request("/v1/chat/completions", body.length, body);
    int flips = 1 + random.nextInt(4);
    for (int i = 0; i < flips; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return new Malformed("flipped bits", bytes, Fate.SURVIVED);
  }

  private Malformed unknownRoute() {
    String method = pick(List.of("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO"));
    String path = pick(List.of("/v1/chat/completions", "/v1/x", "/", "/v1/embeddings?a=%zz"));
    return new Malformed(
        "unknown route",
        ascii(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        Fate.REFUSED);
  }

  private Malformed brokenHead() {
    String head =
        switch (random.nextInt(6)) {
          case 0 -> "GET /%zz HTTP/1.1\r\nHost: x\r\n";
          case 1 -> "GET /v1/models/%c3%28 HTTP/1.1\r\nHost: x\r\n";
          case 2 -> "GET /" + "a".repeat(10_000) + " HTTP/1.1\r\nHost: x\r\n";
          case 3 -> "GET /x HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(20_000) + "\r\n";
          case 4 -> "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n";
          default -> "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1e9\r\n";
        };
    return new Malformed(
        "broken head", ascii(head + "Connection: close\r\n\r\n"), Fate.REFUSED_OR_CLOSED);
  }

  private byte[] randomTokens() {
    List<String> tokens =
        List.of("{", "}", "[", "]", ":", ",", "\"a\"", "\"messages\"", "1", "null", "true", "\\");
    StringBuilder text = new StringBuilder();
    int count = random.nextInt(50);
    for (int i = 0; i < count; i++) {
      text.append(pick(tokens));
    }
    return ascii(text.toString());
  }

  private static byte[] request(String path, int contentLength, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ascii(
            "POST "
                + path
                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
                + contentLength
                + "\r\n\r\n"));
    out.writeBytes(body);
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
