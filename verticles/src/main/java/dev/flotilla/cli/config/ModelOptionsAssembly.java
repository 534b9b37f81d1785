package dev.flotilla.cli.config;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.node.ChatTemplateSource;
import dev.flotilla.node.LibraryOptions;
import dev.flotilla.node.ModelFiles;
import dev.flotilla.node.ModelOptions;
import dev.flotilla.node.OptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Models and the engines that run them, from a node's settings. */
final class ModelOptionsAssembly {

  /** What the model is called that is served when none is configured. */
  private static final String DEMO_MODEL_ID = "flotilla-demo";

  private final EffectiveSettings settings;
  private final Host host;

  /**
   * @param host whose processors bound the threads
   */
  ModelOptionsAssembly(EffectiveSettings settings, Host host) {
    this.settings = settings;
    this.host = host;
  }

  /** The models that the settings name, or the one that comes with Flotilla. */
  List<ModelOptions> models(Path modelsDir) {
    List<ModelSpec> specs = settings.get(ModelSettings.MODEL);
    if (specs.isEmpty()) {
      boolean answersAnyway = !settings.get(FederationSettings.UPSTREAM).isEmpty();
      return answersAnyway ? List.of() : demoModel().stream().toList();
    }
    Optional<ChatTemplateSource> template =
        settings.find(ModelSettings.CHAT_TEMPLATE).map(ModelOptionsAssembly::template);
    ModelFiles files = new ModelFiles(modelsDir);
    return specs.stream()
        .map(spec -> {
          Path file = files.locate(spec.file());
          String id = spec.name().orElseGet(() -> ModelFiles.defaultId(file));
          return new ModelOptions(id, engine(file, specs.size()), template);
        })
        .toList();
  }

  /**
   * The toy that comes with Flotilla, so that a node without a model of its user's answers at all.
   * It runs on one thread unless told otherwise: so small a model would have several wait for each
   * other more than they compute, and far more beside other work.
   */
  private Optional<ModelOptions> demoModel() {
    return host.installation()
        .map(home -> home.resolve("conf").resolve("models").resolve(DEMO_MODEL_ID + ".gguf"))
        .filter(Files::isRegularFile)
        .map(file -> {
          boolean isTold = !(settings.origin(EngineSettings.THREADS) instanceof Origin.Default);
          EngineOptions engine = isTold ? engine(file, 1) : engine(file, 1, 1);
          return new ModelOptions(DEMO_MODEL_ID, engine, Optional.empty());
        });
  }

  /** What the swarm may have this node run: each model as if it were the only one. */
  LibraryOptions library(Path modelsDir) {
    return new LibraryOptions(modelsDir, engine(modelsDir, 1));
  }

  /** The engine of one of {@code models} models, with its part of the node's threads. */
  private EngineOptions engine(Path model, int models) {
    int threads = settings.get(EngineSettings.THREADS);
    int batchThreads = settings.find(EngineSettings.THREADS_BATCH).orElse(threads);
    return engine(
        model, share("threads", threads, models), share("threads-batch", batchThreads, models));
  }

  private EngineOptions engine(Path model, int threads, int batchThreads) {
    return new EngineOptions(
        model,
        settings.get(EngineSettings.BACKEND),
        settings.get(EngineSettings.CONTEXT_SIZE),
        settings.get(EngineSettings.SLOTS),
        settings.get(EngineSettings.QUEUE),
        settings.get(EngineSettings.BATCH_SIZE),
        threads,
        batchThreads,
        settings.get(EngineSettings.CACHE_TYPE_K),
        settings.get(EngineSettings.CACHE_TYPE_V),
        settings.get(EngineSettings.MMAP),
        settings.get(EngineSettings.MLOCK),
        settings.get(EngineSettings.GPU_LAYERS),
        flashAttention(),
        settings.get(EngineSettings.CONTEXT_SHIFT),
        settings.get(EngineSettings.PREFIX_CACHE),
        settings.get(ShardSettings.SPECULATION) == ShardSettings.Speculation.AUTO,
        pooling(),
        settings.get(EngineSettings.EMBEDDINGS));
  }

  /**
   * One model's part of the node's threads. Compute threads spin while they wait for each other, so
   * more of them than processors would cost most of the speed.
   */
  int share(String option, int threads, int models) {
    if (threads < 1) {
      throw new OptionException(option, option + " must be at least 1, not " + threads);
    }
    return Math.max(1, Math.min(threads, host.processors()) / models);
  }

  private Optional<Boolean> flashAttention() {
    return switch (settings.get(EngineSettings.FLASH_ATTENTION)) {
      case AUTO -> Optional.empty();
      case ON -> Optional.of(true);
      case OFF -> Optional.of(false);
    };
  }

  private Optional<EngineOptions.Pooling> pooling() {
    return switch (settings.get(EngineSettings.POOLING)) {
      case AUTO -> Optional.empty();
      case NONE -> Optional.of(EngineOptions.Pooling.NONE);
      case MEAN -> Optional.of(EngineOptions.Pooling.MEAN);
      case CLS -> Optional.of(EngineOptions.Pooling.CLS);
      case LAST -> Optional.of(EngineOptions.Pooling.LAST);
    };
  }

  private static ChatTemplateSource template(String text) {
    if (!text.contains("/") && !text.contains("\\") && !text.endsWith(".jinja")) {
      return new ChatTemplateSource.Named(text);
    }
    Path file = Path.of(text).toAbsolutePath().normalize();
    if (!Files.isReadable(file)) {
      throw new OptionException("chat-template", "can't read the chat template " + file);
    }
    return new ChatTemplateSource.Jinja(file);
  }
}
