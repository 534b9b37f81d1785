package dev.flotilla.node.api;

import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.tools.ToolCall;
import dev.flotilla.chat.tools.ToolCallParser;
import dev.flotilla.chat.tools.ToolCallParser.Part;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** The calls in one choice's answer as they come in, in OpenAI's shape. */
final class ToolCalls {
  private final ToolCallParser parser;
  private final boolean parallel;
  private final ToolFormat format;
  private int calls;

  ToolCalls(ToolUse tools, ToolFormat format) {
    this.parser = tools.parser(format);
    this.parallel = tools.parallel();
    this.format = format;
  }

  /**
   * What a piece of an answer has made certain.
   *
   * @param content text for the reader, possibly empty
   * @param calls whole calls: {@code index}, {@code id}, {@code type}, {@code function}
   */
  record Found(String content, JsonArray calls) {}

  Found add(String text) {
    return found(parser.add(text));
  }

  /** The rest, once the answer has ended. */
  Found finish() {
    return found(parser.finish());
  }

  /** Whether there was a call. */
  boolean any() {
    return calls > 0;
  }

  private Found found(List<Part> parts) {
    StringBuilder content = new StringBuilder();
    JsonArray found = new JsonArray();
    for (Part part : parts) {
      switch (part) {
        case Part.Content(String text) -> content.append(text);
        case Part.Call(ToolCall call) -> {
          // Who asked for one call at most gets the first.
          if (parallel || calls == 0) {
            found.add(json(call));
            calls++;
          }
        }
      }
    }
    return new Found(content.toString(), found);
  }

  private JsonObject json(ToolCall call) {
    return new JsonObject()
        .put("index", calls)
        .put("id", newId())
        .put("type", "function")
        .put(
            "function",
            new JsonObject().put("name", call.name()).put("arguments", call.arguments()));
  }

  /** Mistral's templates take nothing but nine letters and digits. */
  private String newId() {
    String random = UUID.randomUUID().toString().replace("-", "");
    return switch (format) {
      case MISTRAL, MISTRAL_ARGS -> random.substring(0, 9);
      case HERMES, LLAMA, GENERIC -> "call_" + random.substring(0, 24);
    };
  }
}
