package dev.flotilla.node.lending;

import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.StageShape;
import dev.flotilla.sharding.store.StageKey;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a head asks of a worker: to host a stage, and to go on hosting it. Asked again and again, as
 * a stage that nobody asks for is given up.
 *
 * @param pipeline 32 hexadecimal characters that only this pipeline's nodes know
 * @param slice which layers of which model
 * @param shape what the times of these layers say something about
 * @param memoryBytes what the stage takes
 * @param contextTokens positions of a slot
 * @param slots sessions at once
 * @param batchTokens rows of a batch
 * @param keyType type of the K cache
 * @param valueType type of the V cache
 * @param flashAttention as all stages of the pipeline have it
 * @param activations how hidden states travel
 * @param version of Flotilla that the head runs
 * @param suspect whether the stage seems to be lost: its process is asked for a sign of life
 * @param waitMillis how long to wait with an answer while the stage is not ready
 */
public record StageOrder(
    String pipeline,
    StageKey slice,
    StageShape shape,
    long memoryBytes,
    int contextTokens,
    int slots,
    int batchTokens,
    CacheType keyType,
    CacheType valueType,
    Optional<Boolean> flashAttention,
    ActivationType activations,
    String version,
    boolean suspect,
    int waitMillis) {
  private static final Pattern PIPELINE = Pattern.compile("[0-9a-f]{32}");
  private static final int MAX_WAIT_MILLIS = 5_000;
  private static final int MAX_LAYERS = 10_000;

  public StageOrder {
    if (!PIPELINE.matcher(pipeline).matches()) {
      throw new IllegalArgumentException("pipeline is not 32 hexadecimal characters");
    }
  }

  /** The same, asked in another manner. */
  public StageOrder asked(boolean whetherSuspect, int millis) {
    return new StageOrder(
        pipeline,
        slice,
        shape,
        memoryBytes,
        contextTokens,
        slots,
        batchTokens,
        keyType,
        valueType,
        flashAttention,
        activations,
        version,
        whetherSuspect,
        millis);
  }

  /** Names the stage between head and worker. */
  public String stage() {
    return "%s-%d-%d".formatted(pipeline, slice.range().from(), slice.range().to());
  }

  /** What the stages of the pipeline call the model to each other: no other pipeline's do. */
  public String linkedModel() {
    return slice.contentId() + "/" + pipeline;
  }

  public JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("pipeline", pipeline)
            .put("model", slice.contentId())
            .put("from", slice.range().from())
            .put("to", slice.range().to())
            .put("shape", StageShapeJson.json(shape))
            .put("memory", memoryBytes)
            .put("context", contextTokens)
            .put("slots", slots)
            .put("batch", batchTokens)
            .put("keys", keyType.name())
            .put("values", valueType.name())
            .put("activations", activations.name())
            .put("version", version)
            .put("suspect", suspect)
            .put("wait", waitMillis);
    flashAttention.ifPresent(on -> json.put("flash", on));
    return json;
  }

  /**
   * Reads a stranger's order.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public static StageOrder of(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    int to = fields.count("to", 1, MAX_LAYERS);
    return new StageOrder(
        fields.text("pipeline", 32),
        new StageKey(fields.text("model", 64), new LayerRange(fields.count("from", 1, to - 1), to)),
        StageShapeJson.of(fields.object("shape")),
        fields.whole("memory", 1, Long.MAX_VALUE),
        fields.count("context", 1, 1 << 24),
        fields.count("slots", 1, 256),
        fields.count("batch", 32, 1 << 16),
        fields.choice("keys", CacheType.class),
        fields.choice("values", CacheType.class),
        json.containsKey("flash") ? Optional.of(fields.flag("flash")) : Optional.empty(),
        fields.choice("activations", ActivationType.class),
        fields.text("version", 64),
        fields.flag("suspect"),
        fields.count("wait", 0, MAX_WAIT_MILLIS));
  }
}
