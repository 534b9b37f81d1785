package dev.flotilla.node.api;

import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.TokenLogprob;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chunks of one streamed answer as server-sent events. All that a token's chunk repeats
 * is encoded once per stream: a token costs the copy of two byte arrays and its own escaping.
 * {@link #plainText} is the plain twin of that path.
 */
final class ChunkWriter {
  private static final byte[] DONE = utf8("data: [DONE]\n\n");

  private final AnswerHead head;
  private final boolean usage;
  private final byte[][] textPrefixes;
  private final byte[] textSuffix;
  private byte[] scratch = new byte[1024];

  /**
   * A writer for one answer.
   *
   * @param choices how many choices it has
   * @param usage whether the client wants usage: then every chunk but the last has a null one
   */
  ChunkWriter(AnswerHead head, int choices, boolean usage) {
    this.head = head;
    this.usage = usage;
    this.textPrefixes = new byte[choices][];
    String start = "data: " + withoutBrace(head.toJson(head.kind().chunkObject()));
    for (int i = 0; i < choices; i++) {
      textPrefixes[i] =
          utf8(start + ",\"choices\":[{\"index\":" + i + "," + head.kind().textOpen());
    }
    textSuffix =
        utf8(
            head.kind().textClose()
                + ",\"logprobs\":null,\"finish_reason\":null}]"
                + (usage ? ",\"usage\":null" : "")
                + "}\n\n");
  }

  /** Appends the chunk of a piece of text: the hot path. */
  void text(Buffer out, int index, String text) {
    byte[] prefix = textPrefixes[index];
    int most = prefix.length + JsonText.mostBytes(text.length()) + textSuffix.length;
    if (scratch.length < most) {
      scratch = new byte[most];
    }
    System.arraycopy(prefix, 0, scratch, 0, prefix.length);
    int end = JsonText.escape(text, scratch, prefix.length);
    System.arraycopy(textSuffix, 0, scratch, end, textSuffix.length);
    out.appendBytes(scratch, 0, end + textSuffix.length);
  }

  /** The same chunk through the JSON library. */
  void plainText(Buffer out, int index, String text) {
    event(out, chunk(index, delta(text), null, null));
  }

  /**
   * Appends the chunk of a piece of text with its tokens' probabilities.
   *
   * @param offset where the text starts in the answer
   */
  void text(Buffer out, int index, String text, List<TokenLogprob> logprobs, int offset) {
    JsonObject json =
        switch (head.kind()) {
          case CHAT -> Logprobs.chat(logprobs);
          case COMPLETION -> Logprobs.completion(logprobs, offset);
        };
    event(out, chunk(index, delta(text), json, null));
  }

  /** Appends a chunk of calls: {@code index}, {@code id}, {@code type}, {@code function}. */
  void calls(Buffer out, int index, JsonArray calls) {
    JsonObject delta = new JsonObject().put("tool_calls", calls);
    event(out, chunk(index, new JsonObject().put("delta", delta), null, null));
  }

  /** Appends the chunk that opens a choice, where its kind has one: the assistant's role. */
  void open(Buffer out, int index) {
    switch (head.kind()) {
      case CHAT -> {
        JsonObject role = new JsonObject().put("role", "assistant").put("content", "");
        event(out, chunk(index, new JsonObject().put("delta", role), null, null));
      }
      case COMPLETION -> {}
    }
  }

  /**
   * Appends the chunk that closes a choice.
   *
   * @param reason OpenAI's word for why it ended
   * @param last carries the timings unless usage does
   */
  void finish(Buffer out, int index, String reason, @Nullable Usage last) {
    JsonObject empty =
        switch (head.kind()) {
          case CHAT -> new JsonObject().put("delta", new JsonObject());
          case COMPLETION -> new JsonObject().put("text", "");
        };
    JsonObject chunk = chunk(index, empty, null, reason);
    if (last != null && !usage) {
      chunk.put("timings", last.timings());
    }
    event(out, chunk);
  }

  /** Appends the end of the stream, and before it the usage where the client wants it. */
  void end(Buffer out, Usage total) {
    if (usage) {
      event(
          out,
          head.toJson(head.kind().chunkObject())
              .put("choices", new JsonArray())
              .put("usage", total.toJson())
              .put("timings", total.timings()));
    }
    out.appendBytes(DONE);
  }

  /** Appends an error, after which a stream ends without {@code [DONE]}. */
  static void error(Buffer out, ApiError error) {
    event(out, error.toJson());
  }

  private JsonObject delta(String text) {
    return switch (head.kind()) {
      case CHAT -> new JsonObject().put("delta", new JsonObject().put("content", text));
      case COMPLETION -> new JsonObject().put("text", text);
    };
  }

  private JsonObject chunk(
      int index, JsonObject content, @Nullable JsonObject logprobs, @Nullable String reason) {
    JsonObject choice =
        new JsonObject()
            .put("index", index)
            .mergeIn(content)
            .put("logprobs", logprobs)
            .put("finish_reason", reason);
    JsonObject chunk =
        head.toJson(head.kind().chunkObject()).put("choices", new JsonArray().add(choice));
    return usage ? chunk.putNull("usage") : chunk;
  }

  /** OpenAI's word for it; an answer that ended by itself did so for the sake of its calls. */
  static String nameOf(FinishReason reason, boolean calls) {
    return calls && reason == FinishReason.STOP
        ? "tool_calls"
        : reason.name().toLowerCase(Locale.ROOT);
  }

  private static void event(Buffer out, JsonObject json) {
    out.appendString("data: ").appendBuffer(json.toBuffer()).appendString("\n\n");
  }

  private static String withoutBrace(JsonObject json) {
    String text = json.encode();
    return text.substring(0, text.length() - 1);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
