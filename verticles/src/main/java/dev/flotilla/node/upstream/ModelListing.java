package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server answers to {@code GET /v1/models}. OpenAI's shape says nothing of contexts;
 * llama-server, vLLM and Flotilla add them, each under a name of its own.
 */
final class ModelListing {
  /** The longest listing that is read. */
  static final int MAX_BYTES = 4 << 20;

  /** The most models of one upstream; further ones are ignored. */
  static final int MAX_MODELS = 1_024;

  private static final Pattern ID = Pattern.compile("[^\\p{Cntrl}]{1,256}");

  private ModelListing() {}

  /**
   * The models by id, in the order of the listing.
   *
   * @throws IllegalArgumentException if it is no listing
   */
  static Map<String, ListedModel> parse(Buffer body) {
    List<?> data;
    try {
      data = body.toJsonObject().getJsonArray("data", new JsonArray()).getList();
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("its list of models can't be read", e);
    }
    Map<String, ListedModel> models = new LinkedHashMap<>();
    for (Object entry : new JsonArray(data)) {
      if (entry instanceof JsonObject json
          && json.getValue("id") instanceof String id
          && ID.matcher(id).matches()
          && models.size() < MAX_MODELS) {
        models.putIfAbsent(
            id, new ListedModel(id, context(json), number(json.getValue("created"))));
      }
    }
    return models;
  }

  private static int context(JsonObject json) {
    JsonObject meta =
        json.getValue("meta") instanceof JsonObject object ? object : new JsonObject();
    long tokens =
        Stream.of(
                meta.getValue("n_ctx"),
                json.getValue("max_model_len"),
                json.getValue("context_length"))
            .mapToLong(ModelListing::number)
            .filter(each -> each > 0)
            .findFirst()
            .orElse(0);
    return (int) Math.min(Integer.MAX_VALUE, tokens);
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? Math.max(0, number.longValue()) : 0;
  }
}
