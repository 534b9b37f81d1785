package dev.flotilla.gguf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/** Headers of small models whose weights do not matter. */
final class ModelSamples {
  static final int EMBEDDING = 32;
  static final int VOCABULARY = 8;

  private ModelSamples() {}

  /** The metadata of a Llama of two layers. */
  static SequencedMap<String, GgufValue> llama() {
    SequencedMap<String, GgufValue> values = new LinkedHashMap<>();
    values.put("general.architecture", GgufValue.text("llama"));
    values.put("general.name", GgufValue.text("Sample"));
    values.put("general.license", GgufValue.text("apache-2.0"));
    values.put("general.file_type", GgufValue.u32(FileType.Q8_0.id()));
    values.put("llama.block_count", GgufValue.u32(2));
    values.put("llama.context_length", GgufValue.u32(128));
    values.put("llama.embedding_length", GgufValue.u32(EMBEDDING));
    values.put("llama.feed_forward_length", GgufValue.array(GgufArray.ofInts(64, 96)));
    values.put("llama.attention.head_count", GgufValue.u32(4));
    values.put("llama.attention.head_count_kv", GgufValue.u32(2));
    values.put("llama.attention.layer_norm_rms_epsilon", GgufValue.f32(1e-5f));
    values.put("tokenizer.ggml.model", GgufValue.text("llama"));
    values.put("tokenizer.ggml.tokens", GgufValue.array(GgufArray.ofTexts(tokens())));
    values.put("tokenizer.ggml.scores", GgufValue.array(GgufArray.ofFloats(new float[VOCABULARY])));
    values.put("tokenizer.ggml.token_type", GgufValue.array(GgufArray.ofInts(new int[VOCABULARY])));
    values.put("tokenizer.ggml.bos_token_id", GgufValue.u32(1));
    values.put("tokenizer.ggml.eos_token_id", GgufValue.u32(2));
    values.put("tokenizer.ggml.eot_token_id", GgufValue.u32(4_294_967_295L));
    values.put("tokenizer.chat_template", GgufValue.text("{{ messages }}"));
    values.put("tokenizer.chat_template.tool_use", GgufValue.text("{{ tools }}"));
    return values;
  }

  /** The same as a Gemma 2 that says which of its layers have a sliding window. */
  static SequencedMap<String, GgufValue> gemma2() {
    SequencedMap<String, GgufValue> values = new LinkedHashMap<>();
    llama().forEach((key, value) -> values.put(key.replace("llama.", "gemma2."), value));
    values.put("general.architecture", GgufValue.text("gemma2"));
    values.put(
        "gemma2.attention.sliding_window_pattern",
        GgufValue.array(GgufArray.ofBools(List.of(true, false))));
    return values;
  }

  static List<GgufWriter.Tensor> llamaTensors(int layers) {
    List<GgufWriter.Tensor> tensors = new ArrayList<>();
    tensors.add(tensor("token_embd.weight", EMBEDDING, VOCABULARY));
    for (int layer = 0; layer < layers; layer++) {
      tensors.add(tensor("blk.%d.attn_q.weight".formatted(layer), EMBEDDING, EMBEDDING));
      tensors.add(tensor("blk.%d.attn_norm.weight".formatted(layer), EMBEDDING));
    }
    tensors.add(tensor("output_norm.weight", EMBEDDING));
    return tensors;
  }

  /** A value of each type that occurs in no model. */
  static SequencedMap<String, GgufValue> everyType() {
    SequencedMap<String, GgufValue> values = new LinkedHashMap<>();
    for (ValueType type : ValueType.values()) {
      switch (type) {
        case U8, I8, U16, I16, U32, I32, U64, I64 ->
            values.put(type.label(), new GgufValue.Whole(type, 7));
        case F32, F64 -> values.put(type.label(), new GgufValue.Real(type, 0.5));
        case BOOL -> values.put(type.label(), GgufValue.bool(true));
        case TEXT -> values.put(type.label(), GgufValue.text("text"));
        case ARRAY -> values.put(type.label(), GgufValue.array(GgufArray.ofTexts(tokens())));
      }
    }
    return values;
  }

  private static List<String> tokens() {
    return IntStream.range(0, VOCABULARY).mapToObj("token%d"::formatted).toList();
  }

  private static GgufWriter.Tensor tensor(String name, long... shape) {
    return new GgufWriter.Tensor(
        name, Arrays.stream(shape).boxed().toList(), GgmlType.Q8_0, TensorSource.hole());
  }
}
