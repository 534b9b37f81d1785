package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.FileType;
import dev.flotilla.gguf.GgufValue;
import dev.flotilla.gguf.Metadata;
import dev.flotilla.gguf.forge.ForgeArchitecture.Trait;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** The keys of a model that llama.cpp asks for, as its converters would write them. */
final class ForgeMetadata {
  private static final float EPSILON = 1e-5f;
  private static final int MEAN_POOLING = 1;

  private final ForgeSpec spec;
  private final SequencedMap<String, GgufValue> values = new LinkedHashMap<>();

  private ForgeMetadata(ForgeSpec spec) {
    this.spec = spec;
  }

  static Metadata of(ForgeSpec spec) {
    return new ForgeMetadata(spec).all();
  }

  private Metadata all() {
    values.put("general.architecture", GgufValue.text(spec.architecture().label()));
    values.put("general.type", GgufValue.text("model"));
    // Without the architecture: llama.cpp looks for tokens of Phi-3 in models of that name.
    values.put("general.name", GgufValue.text("Forged"));
    values.put("general.license", GgufValue.text("apache-2.0"));
    values.put("general.file_type", GgufValue.u32(fileType().id()));
    values.put("general.quantization_version", GgufValue.u32(2));
    dimensions();
    attention();
    mixture();
    peculiarities();
    values.putAll(spec.vocabulary().keys());
    return new Metadata(values);
  }

  private FileType fileType() {
    return switch (spec.type()) {
      case F32 -> FileType.F32;
      case F16 -> FileType.F16;
      case Q8_0 -> FileType.Q8_0;
      default -> throw new IllegalStateException("a spec has no such type: " + spec.type());
    };
  }

  private void dimensions() {
    put("context_length", spec.context());
    put("embedding_length", spec.embedding());
    put("block_count", spec.layers());
    put("feed_forward_length", spec.feedForward());
    put("vocab_size", spec.vocabulary().size());
  }

  private void attention() {
    put("attention.head_count", spec.heads());
    put("attention.head_count_kv", spec.kvHeads());
    put("attention.key_length", spec.headLength());
    put("attention.value_length", spec.headLength());
    if (spec.slidingWindow() > 0) {
      put("attention.sliding_window", spec.slidingWindow());
    }
    if (has(Trait.LAYER_NORM)) {
      put("attention.layer_norm_epsilon", EPSILON);
    } else {
      put("attention.layer_norm_rms_epsilon", EPSILON);
    }
    if (!has(Trait.POSITIONS)) {
      put("rope.dimension_count", spec.headLength());
      put("rope.freq_base", 10_000f);
    }
  }

  private void mixture() {
    if (spec.experts() > 0) {
      put("expert_count", spec.experts());
      put("expert_used_count", spec.expertsUsed());
      put("expert_feed_forward_length", spec.feedForward());
    }
  }

  private void peculiarities() {
    switch (spec.architecture()) {
      case GEMMA2 -> {
        put("attn_logit_softcapping", 50f);
        put("final_logit_softcapping", 30f);
      }
      case GRANITE -> {
        put("logit_scale", 2f);
        put("residual_scale", 0.5f);
        put("embedding_scale", 6f);
        put("attention.scale", 0.25f);
      }
      case BERT -> {
        values.put(key("attention.causal"), GgufValue.bool(false));
        put("pooling_type", MEAN_POOLING);
      }
      case LLAMA, QWEN2, QWEN3, QWEN3MOE, GEMMA3, PHI3, OLMO2, STARCODER2, GPT2 -> {}
    }
  }

  private void put(String name, int value) {
    values.put(key(name), GgufValue.u32(value));
  }

  private void put(String name, float value) {
    values.put(key(name), GgufValue.f32(value));
  }

  private String key(String name) {
    return spec.architecture().label() + "." + name;
  }

  private boolean has(Trait trait) {
    return spec.architecture().has(trait);
  }
}
