package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.forge.ForgeArchitecture.Trait;

/**
 * The model to forge. Equal specs give equal files.
 *
 * @param architecture what kind of model
 * @param layers blocks
 * @param embedding width of a layer's input and output
 * @param feedForward width of the feed-forward part, or of one expert
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headLength width of a head
 * @param experts of a mixture; 0 for a dense model
 * @param expertsUsed experts that a token is sent to
 * @param slidingWindow tokens that windowed layers see; 0 for full attention everywhere
 * @param context tokens the model claims to have been trained on
 * @param tied whether the output head is the token embedding, where the architecture leaves a
 *     choice
 * @param type of the weight matrices: F32, F16 or Q8_0
 * @param vocabulary tokens
 * @param seed of the weights
 */
public record ForgeSpec(
    ForgeArchitecture architecture,
    int layers,
    int embedding,
    int feedForward,
    int heads,
    int kvHeads,
    int headLength,
    int experts,
    int expertsUsed,
    int slidingWindow,
    int context,
    boolean tied,
    GgmlType type,
    ForgeVocabulary vocabulary,
    long seed) {

  public ForgeSpec {
    require(layers > 0 && embedding > 0 && feedForward > 0 && context > 0, "sizes");
    require(heads > 0 && kvHeads > 0 && heads % kvHeads == 0, "heads");
    require(headLength > 0 && headLength % 2 == 0, "headLength");
    require(expertsUsed <= experts && (experts == 0) == (expertsUsed == 0), "experts");
    require(type == GgmlType.F32 || type == GgmlType.F16 || type == GgmlType.Q8_0, "type");
    tied = architecture.has(Trait.TIED) || (tied && !architecture.has(Trait.UNTIED));
  }

  /** A model of a few hundred kilobytes with a vocabulary of its own. */
  public static ForgeSpec small(ForgeArchitecture architecture) {
    boolean mixture = architecture == ForgeArchitecture.QWEN3MOE;
    boolean windowed =
        architecture == ForgeArchitecture.GEMMA2 || architecture == ForgeArchitecture.GEMMA3;
    return new ForgeSpec(
        architecture,
        4,
        64,
        160,
        4,
        architecture == ForgeArchitecture.GPT2 ? 4 : 2,
        16,
        mixture ? 4 : 0,
        mixture ? 2 : 0,
        windowed ? 32 : 0,
        512,
        false,
        GgmlType.F32,
        architecture.has(Trait.ENCODER)
            ? ForgeVocabulary.wordPieces()
            : ForgeVocabulary.pieces(320),
        1);
  }

  /** The shape of TinyLlama: 1.1 billion parameters in 22 layers. */
  public static ForgeSpec llama1b(ForgeVocabulary vocabulary) {
    return new ForgeSpec(
        ForgeArchitecture.LLAMA,
        22,
        2048,
        5632,
        32,
        4,
        64,
        0,
        0,
        0,
        2048,
        false,
        GgmlType.F16,
        vocabulary,
        1);
  }

  public ForgeSpec withLayers(int layers) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  /** Widths that K-quants can store: multiples of 256. */
  public ForgeSpec withWidths(int embedding, int feedForward, int headLength) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withExperts(int experts, int expertsUsed) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withSlidingWindow(int slidingWindow) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withTied(boolean tied) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withContext(int context) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withType(GgmlType type) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withVocabulary(ForgeVocabulary vocabulary) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  public ForgeSpec withSeed(long seed) {
    return new ForgeSpec(
        architecture,
        layers,
        embedding,
        feedForward,
        heads,
        kvHeads,
        headLength,
        experts,
        expertsUsed,
        slidingWindow,
        context,
        tied,
        type,
        vocabulary,
        seed);
  }

  private static void require(boolean valid, String what) {
    if (!valid) {
      throw new IllegalArgumentException(what);
    }
  }
}
