package dev.flotilla.gguf.forge;

import java.util.Map;
import java.util.Set;

/** Architectures that can be forged, and in what they differ from a Llama. */
public enum ForgeArchitecture {
  LLAMA("llama"),
  QWEN2("qwen2"),
  QWEN3("qwen3"),
  QWEN3MOE("qwen3moe"),
  GEMMA2("gemma2"),
  GEMMA3("gemma3"),
  PHI3("phi3"),
  GRANITE("granite"),
  OLMO2("olmo2"),
  STARCODER2("starcoder2"),
  GPT2("gpt2"),
  BERT("bert");

  /** A difference from a Llama. */
  enum Trait {
    /** LayerNorm with biases instead of RMSNorm; projections have biases too. */
    LAYER_NORM,
    /** Nothing is normed before attention and feed-forward. */
    NO_PRE_NORM,
    /** Their outputs are normed. */
    POST_NORM,
    /** Each head's queries and keys are normed. */
    HEAD_NORM,
    /** All heads' queries and keys are normed together. */
    QK_NORM,
    QKV_BIAS,
    /** One matrix for queries, keys and values. */
    FUSED_QKV,
    /** One matrix for gate and up projection. */
    FUSED_GATE,
    /** No gate at all. */
    PLAIN_FFN,
    /** Learned position embeddings instead of RoPE. */
    POSITIONS,
    /** The output head is always the token embedding. */
    TIED,
    /** The output head is never the token embedding. */
    UNTIED,
    /** Embeds texts: no causal mask, no output head. */
    ENCODER
  }

  private static final Map<ForgeArchitecture, Set<Trait>> TRAITS =
      Map.of(
          QWEN2, Set.of(Trait.QKV_BIAS),
          QWEN3, Set.of(Trait.HEAD_NORM),
          QWEN3MOE, Set.of(Trait.HEAD_NORM),
          GEMMA2, Set.of(Trait.POST_NORM, Trait.TIED),
          GEMMA3, Set.of(Trait.HEAD_NORM, Trait.POST_NORM),
          PHI3, Set.of(Trait.FUSED_QKV, Trait.FUSED_GATE),
          OLMO2, Set.of(Trait.NO_PRE_NORM, Trait.QK_NORM, Trait.POST_NORM, Trait.UNTIED),
          STARCODER2, Set.of(Trait.LAYER_NORM, Trait.QKV_BIAS, Trait.PLAIN_FFN),
          GPT2,
              Set.of(
                  Trait.LAYER_NORM,
                  Trait.FUSED_QKV,
                  Trait.QKV_BIAS,
                  Trait.PLAIN_FFN,
                  Trait.POSITIONS),
          BERT,
              Set.of(
                  Trait.LAYER_NORM,
                  Trait.QKV_BIAS,
                  Trait.PLAIN_FFN,
                  Trait.POSITIONS,
                  Trait.NO_PRE_NORM,
                  Trait.ENCODER));

  private final String label;

  ForgeArchitecture(String label) {
    this.label = label;
  }

  /** llama.cpp's name. */
  public String label() {
    return label;
  }

  boolean has(Trait trait) {
    return TRAITS.getOrDefault(this, Set.of()).contains(trait);
  }
}
