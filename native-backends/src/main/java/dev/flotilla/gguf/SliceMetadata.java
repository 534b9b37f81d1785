package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.GgufValue.Many;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The metadata of a slice. Wherever llama.cpp derives something from a layer's number, the slice
 * says it for its own numbers, or is refused.
 */
final class SliceMetadata {
  private static final String WINDOW_PATTERN = "attention.sliding_window_pattern";

  /** Arrays with one value per layer. */
  private static final List<String> PER_LAYER =
      List.of(
          "feed_forward_length",
          "expert_feed_forward_length",
          "expert_used_count",
          "attention.head_count",
          "attention.head_count_kv",
          WINDOW_PATTERN,
          "attention.rope_pattern",
          "attention.recurrent_layers",
          "swiglu_clamp_exp",
          "swiglu_clamp_shexp");

  /** Numbers of which a layer's number must be a multiple for a cut before it to change nothing. */
  private static final List<String> PERIODS =
      List.of("interleave_moe_layer_step", "moe_every_n_layers", "full_attention_interval");

  /** Keys of models whose layers share something across any cut. */
  private static final List<String> SHARING =
      List.of(
          "nextn_predict_layers",
          "attention.shared_kv_layers",
          "embedding_length_per_layer_input",
          "n_deepstack_layers",
          "hash_layer_count",
          "num_loops");

  /** Tensors through which a later stage's input would pass a second time. */
  private static final List<String> INPUT_TENSORS =
      List.of("token_embd_norm.weight", "token_types.weight", "per_layer_token_embd.weight");

  /** Architectures that read a sliding window and use none. */
  private static final Set<String> WINDOWLESS =
      Set.of("llama", "qwen2", "qwen3", "qwen3moe", "phi3", "granite", "starcoder2");

  /** Every how many layers the last sees everything, where a model does not say. */
  private static final Map<String, Integer> WINDOW_PERIODS =
      Map.of("gemma2", 2, "gemma3", 6, "olmo2", 4, "cohere2", 4, "gpt-oss", 2, "exaone4", 4);

  /** Types of an array that says of each layer whether it is windowed. */
  private static final Set<ValueType> WINDOW_TYPES =
      Set.of(ValueType.BOOL, ValueType.U32, ValueType.I32);

  /** Architectures that have no windowed layer where the sliding window is 0. */
  private static final Set<String> WINDOW_OPTIONAL = Set.of("gemma3", "olmo2", "exaone4");

  /** A window that no context reaches, and that times any number of sessions is still a u32. */
  private static final int BOUNDLESS_WINDOW = 1 << 20;

  private final GgufModel model;
  private final ModelFacts facts;
  private final LayerRange range;
  private final SequencedMap<String, GgufValue> values;

  private SliceMetadata(GgufModel model, ModelFacts facts, LayerRange range) {
    this.model = model;
    this.facts = facts;
    this.range = range;
    this.values = new LinkedHashMap<>(model.metadata().values());
  }

  static Metadata of(GgufModel model, ModelFacts facts, LayerRange range) throws GgufException {
    SliceMetadata slice = new SliceMetadata(model, facts, range);
    if (range.size() < facts.dimensions().layers()) {
      slice.cut();
    }
    slice.values.keySet().removeIf(key -> key.startsWith("split."));
    return new Metadata(slice.values);
  }

  private void cut() throws GgufException {
    refuseSharing();
    refuseUnalignedCut();
    put("block_count", GgufValue.u32(range.size()));
    cutArrays();
    cutWindows();
    cutDenseLayers();
    if (range.from() > 0) {
      dropEmbeddingScale();
      if (range.to() < facts.dimensions().layers()) {
        dropVocabulary();
      }
    }
    values.put("flotilla.slice.from", GgufValue.u32(range.from()));
    values.put("flotilla.slice.to", GgufValue.u32(range.to()));
    values.put("flotilla.slice.layers", GgufValue.u32(facts.dimensions().layers()));
  }

  private void refuseSharing() throws GgufException {
    for (String name : SHARING) {
      if (model.metadata().value(key(name)).filter(value -> !isZero(value)).isPresent()) {
        throw unsliceable("key '%s' ties layers together".formatted(key(name)));
      }
    }
    for (String name : INPUT_TENSORS) {
      if (model.tensor(name).isPresent()) {
        throw unsliceable("tensor '%s' is applied to every input".formatted(name));
      }
    }
    if (facts.weights().layerBytes().stream().anyMatch(bytes -> bytes == 0)) {
      throw unsliceable("it is not made of layers blk.N");
    }
  }

  private static boolean isZero(GgufValue value) {
    return value instanceof GgufValue.Whole(ValueType _, long number) && number == 0;
  }

  private void refuseUnalignedCut() throws GgufException {
    for (String name : PERIODS) {
      int period = model.metadata().count(key(name), 1);
      if (period > 1 && range.from() % period != 0) {
        throw unsliceable(
            "layer %d is no multiple of %d (key '%s')".formatted(range.from(), period, key(name)));
      }
    }
  }

  private void cutArrays() throws GgufException {
    for (String name : PER_LAYER) {
      if (values.get(key(name)) instanceof Many(GgufArray array)) {
        if (array.count() != facts.dimensions().layers()) {
          throw unsliceable("key '%s' has %d values".formatted(key(name), array.count()));
        }
        put(name, GgufValue.array(array.slice(range.from(), range.to())));
      }
    }
  }

  /** Says of each layer whether it is windowed, which otherwise follows from its number. */
  private void cutWindows() throws GgufException {
    boolean windowed =
        facts.attention().slidingWindow() > 0 || facts.architecture().equals("gemma2");
    if (!windowed || WINDOWLESS.contains(facts.architecture())) {
      return;
    }
    List<Boolean> windows = windows().subList(range.from(), range.to());
    if (windows.contains(true)) {
      put(WINDOW_PATTERN, GgufValue.array(GgufArray.ofBools(windows)));
    } else {
      cutToUnwindowed();
    }
  }

  private List<Boolean> windows() throws GgufException {
    int layers = facts.dimensions().layers();
    if (model.metadata().values().get(key(WINDOW_PATTERN)) instanceof Many(GgufArray array)) {
      if (!WINDOW_TYPES.contains(array.elementType())) {
        throw unsliceable("key '%s' is of type %s".formatted(key(WINDOW_PATTERN), array));
      }
      return IntStream.range(0, layers).mapToObj(layer -> array.whole(layer) != 0).toList();
    }
    Integer usual = WINDOW_PERIODS.get(facts.architecture());
    if (usual == null) {
      throw unsliceable("which of its layers have a sliding window is not known");
    }
    int period = model.metadata().count(key(WINDOW_PATTERN), usual);
    return IntStream.range(0, layers)
        .mapToObj(layer -> period == 0 || layer % period < period - 1)
        .toList();
  }

  /** llama.cpp aborts on a windowed model without a windowed layer. */
  private void cutToUnwindowed() throws GgufException {
    if (WINDOW_OPTIONAL.contains(facts.architecture())) {
      put("attention.sliding_window", GgufValue.u32(0));
    } else if (facts.architecture().equals("gemma2")) {
      // Its layers differ in nothing but the window.
      put("attention.sliding_window", GgufValue.u32(BOUNDLESS_WINDOW));
      put(
          WINDOW_PATTERN,
          GgufValue.array(GgufArray.ofBools(Collections.nCopies(range.size(), true))));
    } else {
      throw unsliceable("it needs a layer with a sliding window in every range");
    }
  }

  private void cutDenseLayers() throws GgufException {
    String name = "leading_dense_block_count";
    if (values.containsKey(key(name))) {
      int dense = model.metadata().count(key(name));
      put(name, GgufValue.u32(Math.clamp(dense - range.from(), 0, range.size())));
    }
  }

  /** The first stage has scaled the embeddings. */
  private void dropEmbeddingScale() {
    if (values.containsKey(key("embedding_scale"))) {
      put("embedding_scale", GgufValue.f32(0));
    }
  }

  private void dropVocabulary() {
    values.keySet().removeIf(key -> key.startsWith("tokenizer."));
    values.put("tokenizer.ggml.model", GgufValue.text("no_vocab"));
    put("vocab_size", GgufValue.u32(1));
  }

  private void put(String name, GgufValue value) {
    values.put(key(name), value);
  }

  private String key(String name) {
    return facts.architecture() + "." + name;
  }

  private GgufException unsliceable(String reason) {
    return new GgufException(
        Cause.UNSLICEABLE,
        "a model of architecture %s cannot be cut to layers %s: %s"
            .formatted(facts.architecture(), range, reason));
  }
}
