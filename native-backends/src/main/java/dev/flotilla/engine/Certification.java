package dev.flotilla.engine;

import java.util.Set;

/**
 * Which architectures may be cut into stages: those whose parts, over every legal cut, were shown
 * to give bit for bit the logits of the whole model. A test proves each entry.
 */
public final class Certification {
  private static final Set<String> ARCHITECTURES =
      Set.of(
          "llama",
          "qwen2",
          "qwen3",
          "qwen3moe",
          "gemma2",
          "gemma3",
          "phi3",
          "granite",
          "olmo2",
          "starcoder2");

  private Certification() {}

  /** The certified architectures, as GGUF names them. */
  public static Set<String> architectures() {
    return ARCHITECTURES;
  }

  /**
   * Refuses an architecture that isn't certified.
   *
   * @param architecture as GGUF names it
   * @throws EngineException {@link EngineFailure#UNSUPPORTED} that names it
   */
  public static void require(String architecture) {
    if (!ARCHITECTURES.contains(architecture)) {
      throw new EngineException(
          EngineFailure.UNSUPPORTED,
          "models of architecture %s are not certified to run in several stages; --shard-uncertified tries it all the same"
              .formatted(architecture));
    }
  }
}
