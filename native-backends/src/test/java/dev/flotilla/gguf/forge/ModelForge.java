package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.GgufWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Writes GGUF models with random weights that llama.cpp loads and runs like trained ones: what they
 * say is noise, but shapes, sizes, speed and exactness are those of a real model.
 */
public final class ModelForge {
  private static final String USAGE =
      "usage: ModelForge tiny-llama-1.1b|mixtral|ARCHITECTURE f32|f16|q8_0 OUT.gguf [VOCABULARY.gguf]";
  private static final int LLAMA_VOCABULARY = 32_000;

  private ModelForge() {}

  /**
   * Writes a model, replacing a file that is there.
   *
   * @return the path
   */
  public static Path write(ForgeSpec spec, Path path) throws IOException {
    RandomWeights weights = new RandomWeights(spec.seed());
    List<GgufWriter.Tensor> tensors =
        ForgeTensors.of(spec).stream()
            .map(tensor ->
                new GgufWriter.Tensor(
                    tensor.name(), tensor.shape(), tensor.type(), weights.of(tensor)))
            .toList();
    GgufWriter.write(path, ForgeMetadata.of(spec), tensors);
    return path;
  }

  /** Forges a model from the command line. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 3 || arguments.length > 4) {
      System.err.println(USAGE);
      System.exit(2);
    }
    ForgeSpec spec =
        shape(arguments[0]).withType(GgmlType.valueOf(arguments[1].toUpperCase(Locale.ROOT)));
    if (arguments.length == 4) {
      spec = spec.withVocabulary(ForgeVocabulary.of(Path.of(arguments[3])));
    }
    write(spec, Path.of(arguments[2]));
  }

  private static ForgeSpec shape(String name) {
    return name.equals("tiny-llama-1.1b")
        ? ForgeSpec.llama1b(ForgeVocabulary.pieces(LLAMA_VOCABULARY))
        : small(name);
  }

  private static ForgeSpec small(String name) {
    return name.equals("mixtral")
        ? ForgeSpec.small(ForgeArchitecture.LLAMA).withExperts(4, 2)
        : ForgeSpec.small(ForgeArchitecture.valueOf(name.toUpperCase(Locale.ROOT)));
  }
}
