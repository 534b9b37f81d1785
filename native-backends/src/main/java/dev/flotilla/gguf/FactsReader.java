package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.ModelFacts.Attention;
import dev.flotilla.gguf.ModelFacts.Dimensions;
import dev.flotilla.gguf.ModelFacts.Experts;
import dev.flotilla.gguf.ModelFacts.Pooling;
import dev.flotilla.gguf.ModelFacts.Tokenizer;
import dev.flotilla.gguf.ModelFacts.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/** Reads {@link ModelFacts}, with the defaults that llama.cpp has for missing keys. */
final class FactsReader {
  private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

  /** In the order of their ids. */
  private static final List<Pooling> POOLINGS = List.of(Pooling.values());

  /** Architectures that embed texts and generate none. */
  private static final Set<String> ENCODERS =
      Set.of(
          "bert",
          "modern-bert",
          "nomic-bert",
          "nomic-bert-moe",
          "neo-bert",
          "eurobert",
          "jina-bert-v2",
          "jina-bert-v3",
          "t5encoder",
          "gemma-embedding",
          "llama-embed");

  private final GgufModel model;
  private final Metadata metadata;
  private final String architecture;
  private final int layers;

  FactsReader(GgufModel model) throws GgufException {
    this.model = model;
    this.metadata = model.metadata();
    this.architecture = ModelCheck.architecture(metadata);
    this.layers = ModelCheck.layers(metadata, key("block_count"));
  }

  ModelFacts read() throws GgufException {
    Dimensions dimensions = dimensions();
    Optional<Pooling> pooling = pooling();
    return new ModelFacts(
        architecture,
        metadata.text("general.type"),
        metadata.text("general.name"),
        metadata.text("general.size_label"),
        metadata.text("general.license"),
        dimensions,
        attention(dimensions.embedding()),
        experts(),
        tokenizer(),
        weights(),
        pooling,
        ENCODERS.contains(architecture) || pooling.filter(p -> p != Pooling.NONE).isPresent());
  }

  private Dimensions dimensions() throws GgufException {
    return new Dimensions(
        layers,
        metadata.count(key("context_length"), 0),
        metadata.count(key("embedding_length"), 0),
        perLayer("feed_forward_length").orElse(Collections.nCopies(layers, 0)));
  }

  private Attention attention(int embedding) throws GgufException {
    List<Integer> heads = perLayer("attention.head_count").orElse(Collections.nCopies(layers, 0));
    int firstHeads = heads.isEmpty() ? 0 : heads.getFirst();
    int headLength = firstHeads == 0 ? 0 : embedding / firstHeads;
    return new Attention(
        heads,
        perLayer("attention.head_count_kv").orElse(heads),
        metadata.count(key("attention.key_length"), headLength),
        metadata.count(key("attention.value_length"), headLength),
        slidingWindow(),
        metadata.has(key("attention.key_length_mla")));
  }

  private int slidingWindow() throws GgufException {
    String key = key("attention.sliding_window");
    return metadata.value(key).filter(value -> value.type() == ValueType.U32).isPresent()
        ? metadata.count(key)
        : 0;
  }

  private Experts experts() throws GgufException {
    List<Integer> used = perLayer("expert_used_count").orElse(List.of());
    List<Integer> feedForward = perLayer("expert_feed_forward_length").orElse(List.of());
    return new Experts(
        metadata.count(key("expert_count"), 0),
        used.isEmpty() ? 0 : Collections.max(used),
        feedForward.isEmpty() ? 0 : Collections.max(feedForward));
  }

  private Tokenizer tokenizer() throws GgufException {
    return new Tokenizer(
        metadata.text("tokenizer.ggml.model").orElse("none"),
        metadata.text("tokenizer.ggml.pre"),
        vocabulary(),
        metadata.tokenId("tokenizer.ggml.bos_token_id"),
        metadata.tokenId("tokenizer.ggml.eos_token_id"),
        metadata.tokenId("tokenizer.ggml.eot_token_id"),
        chatTemplates());
  }

  private int vocabulary() throws GgufException {
    Optional<GgufArray> tokens = metadata.array("tokenizer.ggml.tokens", ValueType.TEXT);
    return tokens.isPresent() ? tokens.get().count() : metadata.count(key("vocab_size"), 0);
  }

  private Map<String, String> chatTemplates() throws GgufException {
    Map<String, String> templates = new LinkedHashMap<>();
    Optional<String> main = metadata.text(CHAT_TEMPLATE);
    main.ifPresent(template -> templates.put(Tokenizer.DEFAULT_TEMPLATE, template));
    for (String key : metadata.values().keySet()) {
      if (key.startsWith(CHAT_TEMPLATE + ".")) {
        String name = key.substring(CHAT_TEMPLATE.length() + 1);
        metadata.text(key).ifPresent(template -> templates.put(name, template));
      }
    }
    return Collections.unmodifiableMap(templates);
  }

  private Weights weights() throws GgufException {
    long[] layerBytes = new long[layers];
    model
        .tensors()
        .forEach(tensor -> {
          OptionalInt layer = TensorNames.layer(tensor.name());
          if (layer.isPresent() && layer.getAsInt() < layers) {
            layerBytes[layer.getAsInt()] += tensor.bytes();
          }
        });
    return new Weights(
        quantisation(),
        model.tensors().mapToLong(TensorInfo::elements).sum(),
        model.tensors().mapToLong(TensorInfo::bytes).sum(),
        LongStream.of(layerBytes).boxed().toList(),
        bytes(TensorNames.TOKEN_EMBEDDING),
        bytes(TensorNames.OUTPUT));
  }

  private String quantisation() throws GgufException {
    OptionalLong id = metadata.u32("general.file_type");
    Optional<FileType> type = id.isPresent() ? FileType.of(id.getAsLong()) : Optional.empty();
    return type.map(FileType::name).orElseGet(() -> FileType.guess(model.tensors()));
  }

  private Optional<Pooling> pooling() throws GgufException {
    OptionalLong id = metadata.u32(key("pooling_type"));
    if (id.isEmpty()) {
      return Optional.empty();
    }
    if (id.getAsLong() >= POOLINGS.size()) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "key '%s' is %d, no known pooling".formatted(key("pooling_type"), id.getAsLong()));
    }
    return Optional.of(POOLINGS.get((int) id.getAsLong()));
  }

  private Optional<List<Integer>> perLayer(String name) throws GgufException {
    return layers == 0 ? Optional.empty() : metadata.perLayer(key(name), layers);
  }

  private long bytes(String tensor) {
    return model.tensor(tensor).map(TensorInfo::bytes).orElse(0L);
  }

  private String key(String name) {
    return architecture + "." + name;
  }
}
