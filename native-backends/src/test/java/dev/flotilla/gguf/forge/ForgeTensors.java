package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.forge.ForgeArchitecture.Trait;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a model, under the names and in the shapes that llama.cpp asks for. */
final class ForgeTensors {
  /** Spreads logits, so that the likeliest token stands clear of rounding. */
  private static final float OUTPUT_GAIN = 3;

  /** Keeps a token from being its own likeliest successor where input and output are the same. */
  private static final float TIED_GAIN = 0.25f;

  private final ForgeSpec spec;
  private final List<Blueprint> tensors = new ArrayList<>();

  private ForgeTensors(ForgeSpec spec) {
    this.spec = spec;
  }

  static List<Blueprint> of(ForgeSpec spec) {
    return new ForgeTensors(spec).all();
  }

  private List<Blueprint> all() {
    int embedding = spec.embedding();
    int vocabulary = spec.vocabulary().size();
    matrix("token_embd", spec.tied() ? TIED_GAIN : OUTPUT_GAIN, embedding, vocabulary);
    if (has(Trait.POSITIONS)) {
      tensors.add(
          Blueprint.matrix("position_embd.weight", GgmlType.F32, 1, embedding, spec.context()));
    }
    if (has(Trait.ENCODER)) {
      tensors.add(Blueprint.matrix("token_types.weight", GgmlType.F32, 1, embedding, 2));
      norm("token_embd_norm", embedding);
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      String prefix = "blk.%d.".formatted(layer);
      attention(prefix);
      feedForward(prefix);
    }
    if (!has(Trait.ENCODER)) {
      norm("output_norm", embedding);
      if (!spec.tied()) {
        matrix("output", OUTPUT_GAIN, embedding, vocabulary);
      }
    }
    return tensors;
  }

  private void attention(String prefix) {
    int embedding = spec.embedding();
    int queries = spec.heads() * spec.headLength();
    int keys = spec.kvHeads() * spec.headLength();
    if (!has(Trait.NO_PRE_NORM)) {
      norm(prefix + "attn_norm", embedding);
    }
    if (has(Trait.FUSED_QKV)) {
      projection(prefix + "attn_qkv", has(Trait.QKV_BIAS), 1, embedding, queries + 2 * keys);
    } else {
      projection(prefix + "attn_q", has(Trait.QKV_BIAS), 1, embedding, queries);
      projection(prefix + "attn_k", has(Trait.QKV_BIAS), 1, embedding, keys);
      projection(prefix + "attn_v", has(Trait.QKV_BIAS), 1, embedding, keys);
    }
    if (has(Trait.HEAD_NORM)) {
      norm(prefix + "attn_q_norm", spec.headLength());
      norm(prefix + "attn_k_norm", spec.headLength());
    }
    if (has(Trait.QK_NORM)) {
      norm(prefix + "attn_q_norm", queries);
      norm(prefix + "attn_k_norm", keys);
    }
    projection(prefix + "attn_output", has(Trait.LAYER_NORM), residualGain(), queries, embedding);
    if (has(Trait.POST_NORM)) {
      norm(prefix + "post_attention_norm", embedding);
    }
    if (has(Trait.ENCODER)) {
      norm(prefix + "attn_output_norm", embedding);
    }
  }

  private void feedForward(String prefix) {
    int embedding = spec.embedding();
    int width = spec.feedForward();
    if (!has(Trait.NO_PRE_NORM)) {
      norm(prefix + "ffn_norm", embedding);
    }
    if (spec.experts() > 0) {
      experts(prefix, embedding, width);
    } else {
      if (!has(Trait.PLAIN_FFN) && !has(Trait.FUSED_GATE)) {
        matrix(prefix + "ffn_gate", 1, embedding, width);
      }
      int up = has(Trait.FUSED_GATE) ? 2 * width : width;
      projection(prefix + "ffn_up", has(Trait.PLAIN_FFN), 1, embedding, up);
      projection(prefix + "ffn_down", has(Trait.PLAIN_FFN), residualGain(), width, embedding);
    }
    if (has(Trait.POST_NORM)) {
      norm(prefix + "post_ffw_norm", embedding);
    }
    if (has(Trait.ENCODER)) {
      norm(prefix + "layer_output_norm", embedding);
    }
  }

  private void experts(String prefix, int embedding, int width) {
    tensors.add(
        Blueprint.matrix(
            prefix + "ffn_gate_inp.weight", GgmlType.F32, 1, embedding, spec.experts()));
    matrix(prefix + "ffn_gate_exps", 1, embedding, width, spec.experts());
    matrix(prefix + "ffn_up_exps", 1, embedding, width, spec.experts());
    matrix(prefix + "ffn_down_exps", residualGain(), width, embedding, spec.experts());
  }

  /** Keeps the sum of all layers' outputs as large as one layer's input. */
  private float residualGain() {
    return 1 / (float) Math.sqrt(2.0 * spec.layers());
  }

  private void norm(String name, int width) {
    tensors.add(Blueprint.norm(name + ".weight", width));
    if (has(Trait.LAYER_NORM)) {
      tensors.add(Blueprint.bias(name + ".bias", width));
    }
  }

  private void projection(String name, boolean bias, float gain, int in, int out) {
    matrix(name, gain, in, out);
    if (bias) {
      tensors.add(Blueprint.bias(name + ".bias", out));
    }
  }

  private void matrix(String name, float gain, long... shape) {
    tensors.add(Blueprint.matrix(name + ".weight", spec.type(), gain, shape));
  }

  private boolean has(Trait trait) {
    return spec.architecture().has(trait);
  }
}
