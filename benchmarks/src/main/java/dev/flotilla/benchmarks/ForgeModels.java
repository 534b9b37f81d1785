package dev.flotilla.benchmarks;

import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.llama.LlamaLibrary;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.engine.llama.Quantizer;
import dev.flotilla.engine.llama.Quantizer.FileType;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ForgeVocabulary;
import dev.flotilla.gguf.forge.ModelForge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Forges the big models: a Llama of 22 layers by 2048 with random weights and a real vocabulary,
 * written once as F16 and quantised by libllama. By itself, since it loads libllama into its own
 * process, and the processes that measure are to stay small.
 */
@Command(
    name = "forge",
    mixinStandardHelpOptions = true,
    description = "Make the 1.1 B models (about 4.5 GB), once.")
final class ForgeModels implements Callable<Integer> {

  /** More than the shape was trained for anywhere: the longest prompt and its answer must fit. */
  private static final int CONTEXT_TOKENS = 8192;

  @Mixin private WorkOptions work = new WorkOptions();

  @Override
  public Integer call() throws IOException {
    List<BenchmarkModel> missing = new ArrayList<>();
    for (BenchmarkModel model : BenchmarkModel.values()) {
      if (model.forged().isPresent() && !Files.exists(file(model.toString(), work))) {
        missing.add(model);
      }
    }
    if (!missing.isEmpty()) {
      quantize(missing, source());
    }
    return 0;
  }

  /**
   * The file of a model.
   *
   * @throws IOException if it has to be forged first
   */
  static Path require(BenchmarkModel model, WorkOptions work) throws IOException {
    if (model.forged().isEmpty()) {
      return work.shared("models/" + model + ".gguf");
    }
    Path file = file(model.toString(), work);
    if (!Files.exists(file)) {
      throw new IOException(file + " is missing: make it with the command 'forge'");
    }
    return file;
  }

  private void quantize(List<BenchmarkModel> models, Path source) throws IOException {
    Quantizer quantizer =
        new Quantizer(LlamaLibrary.load(NativeLibraries.of(Backend.CPU), work.folder()));
    int threads = Runtime.getRuntime().availableProcessors();
    for (BenchmarkModel model : models) {
      FileType type = model.forged().orElseThrow();
      replace(
          file(model.toString(), work),
          partial -> quantizer.quantize(source, partial, type, threads));
    }
  }

  private Path source() throws IOException {
    Path file = file("llama-1.1b-f16", work);
    if (!Files.exists(file)) {
      ForgeVocabulary vocabulary =
          ForgeVocabulary.of(work.shared("data/vocab/ggml-vocab-llama-spm.gguf"));
      ForgeSpec spec = ForgeSpec.llama1b(vocabulary).withContext(CONTEXT_TOKENS);
      replace(file, partial -> ModelForge.write(spec, partial));
    }
    return file;
  }

  private static Path file(String name, WorkOptions work) throws IOException {
    return Files.createDirectories(work.folder().resolve("models")).resolve(name + ".gguf");
  }

  /** Writes beside the target and moves over it, so that a file that is there is whole. */
  private static void replace(Path file, FileMaker maker) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".part");
    maker.make(partial);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private interface FileMaker {
    void make(Path file) throws IOException;
  }
}
