package dev.flotilla.gguf;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a model's headers tell about it, without loading it. Numbers that a file does not give are
 * 0; {@link ModelCheck} says whether that is an error.
 *
 * @param architecture llama.cpp's name, such as {@code llama} or {@code qwen3moe}
 * @param kind {@code general.type}: {@code model}, {@code adapter}, {@code mmproj} …
 * @param name what its makers call it
 * @param sizeLabel such as {@code 7B} or {@code 8x7B}
 * @param license an SPDX id, mostly
 * @param dimensions layers and widths
 * @param attention heads, per layer
 * @param experts the mixture of experts; all 0 if it is none
 * @param tokenizer vocabulary and special tokens
 * @param weights sizes of the weights
 * @param pooling how token embeddings become one; empty if the file does not say
 * @param embeddingModel whether the model is made to embed texts rather than to continue them: its
 *     architecture is an encoder, or it says how to pool
 */
public record ModelFacts(
    String architecture,
    Optional<String> kind,
    Optional<String> name,
    Optional<String> sizeLabel,
    Optional<String> license,
    Dimensions dimensions,
    Attention attention,
    Experts experts,
    Tokenizer tokenizer,
    Weights weights,
    Optional<Pooling> pooling,
    boolean embeddingModel) {

  /**
   * Layers and widths.
   *
   * @param layers blocks, those for multi-token prediction included
   * @param context tokens the model was trained to see at once
   * @param embedding width of a layer's input and output
   * @param feedForward width of each layer's feed-forward part
   */
  public record Dimensions(int layers, int context, int embedding, List<Integer> feedForward) {}

  /**
   * Attention.
   *
   * @param heads query heads of each layer; 0 in a layer without attention
   * @param kvHeads key and value heads of each layer
   * @param keyLength width of a key
   * @param valueLength width of a value
   * @param slidingWindow tokens that windowed layers see; 0 if there are none
   * @param latent whether keys and values share one compressed form (MLA)
   */
  public record Attention(
      List<Integer> heads,
      List<Integer> kvHeads,
      int keyLength,
      int valueLength,
      int slidingWindow,
      boolean latent) {

    /**
     * Bytes that one token takes in a layer's KV cache of {@code f16}. For windowed layers it holds
     * for as many tokens as the window has.
     */
    public long kvBytesPerToken(int layer) {
      long cached = latent ? keyLength : (long) keyLength + valueLength;
      return kvHeads.get(layer) * cached * GgmlType.F16.blockBytes();
    }
  }

  /**
   * Mixture of experts.
   *
   * @param count experts of a layer
   * @param used experts that a token is sent to
   * @param feedForward width of one expert; 0 if it is the layer's
   */
  public record Experts(int count, int used, int feedForward) {}

  /**
   * Vocabulary and special tokens.
   *
   * @param model {@code llama} (SentencePiece), {@code gpt2} (BPE), {@code bert}, {@code no_vocab}
   *     …
   * @param pre llama.cpp's name of the pre-tokenizer, of BPE vocabularies
   * @param vocabulary tokens
   * @param bos begin of text
   * @param eos end of text
   * @param eot end of turn, if it differs from the end of text
   * @param chatTemplates Jinja sources by name; the unnamed one is {@code default}
   */
  public record Tokenizer(
      String model,
      Optional<String> pre,
      int vocabulary,
      OptionalInt bos,
      OptionalInt eos,
      OptionalInt eot,
      Map<String, String> chatTemplates) {

    /** The name of the template that {@code tokenizer.chat_template} holds. */
    public static final String DEFAULT_TEMPLATE = "default";

    public Optional<String> chatTemplate() {
      return Optional.ofNullable(chatTemplates.get(DEFAULT_TEMPLATE));
    }
  }

  /**
   * Sizes of the weights, without padding.
   *
   * @param quantisation such as {@code Q4_K_M}; the most frequent tensor type if the file does not
   *     say
   * @param parameters elements of all tensors
   * @param bytes of all tensors
   * @param layerBytes of each layer's tensors
   * @param embeddingBytes of the token embedding
   * @param outputBytes of the output head; 0 if it is the token embedding
   */
  public record Weights(
      String quantisation,
      long parameters,
      long bytes,
      List<Long> layerBytes,
      long embeddingBytes,
      long outputBytes) {}

  /** How the embeddings of a text's tokens become one, in the order of {@code pooling_type}. */
  public enum Pooling {
    NONE,
    MEAN,
    CLS,
    LAST,
    RANK
  }

  /**
   * Reads the facts from a model's metadata and tensors.
   *
   * @throws GgufException if the architecture is missing or a value is of the wrong type
   */
  public static ModelFacts of(GgufModel model) throws GgufException {
    return new FactsReader(model).read();
  }
}
