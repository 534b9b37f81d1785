package dev.flotilla.node.lending;

import io.vertx.core.json.JsonObject;

/** How a stage that was ordered is. */
public sealed interface StageAnswer {

  /** Its slice is being fetched; {@code totalBytes} is 0 before it is known. */
  record Fetching(String phase, long doneBytes, long totalBytes) implements StageAnswer {}

  /** Its engine loads the slice. */
  record Loading() implements StageAnswer {}

  /** It takes links. */
  record Listening(String host, int port) implements StageAnswer {}

  /** It can't be; asked again, it is tried again. */
  record Failed(String reason) implements StageAnswer {}

  /** It in one word. */
  default String state() {
    return switch (this) {
      case Fetching _ -> "fetching";
      case Loading() -> "loading";
      case Listening _ -> "listening";
      case Failed _ -> "failed";
    };
  }

  /** Whether waiting would not change it. */
  default boolean isFinal() {
    return this instanceof Listening || this instanceof Failed;
  }

  /** As JSON for another node. */
  default JsonObject toJson() {
    JsonObject json = new JsonObject().put("state", state());
    return switch (this) {
      case Fetching(String phase, long doneBytes, long totalBytes) ->
          json.put("phase", phase).put("done", doneBytes).put("total", totalBytes);
      case Loading() -> json;
      case Listening(String host, int port) -> json.put("host", host).put("port", port);
      case Failed(String reason) -> json.put("reason", reason);
    };
  }

  /**
   * Reads a stranger's answer.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  static StageAnswer of(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    String state = fields.text("state", 16);
    return switch (state) {
      case "fetching" ->
          new Fetching(
              fields.text("phase", 16),
              fields.whole("done", 0, Long.MAX_VALUE),
              fields.whole("total", 0, Long.MAX_VALUE));
      case "loading" -> new Loading();
      case "listening" -> new Listening(fields.text("host", 255), fields.count("port", 1, 65_535));
      case "failed" -> new Failed(fields.text("reason", 2_000));
      default -> throw new IllegalArgumentException("state has no value '" + state + "'");
    };
  }
}
