package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import java.util.List;

/** The part of the table that says how engines compute. */
final class EngineSettings {
  private EngineSettings() {}

  /** Whether the fused attention kernel is used. */
  enum FlashAttention {
    AUTO,
    ON,
    OFF
  }

  /** How token states become one embedding. */
  enum PoolingChoice {
    AUTO,
    NONE,
    MEAN,
    CLS,
    LAST
  }

  static final Setting<Backend> BACKEND =
      Setting.of(
          "backend", SettingType.choice(Backend.class), "cpu", "Native libraries that run models.");

  static final Setting<Integer> CONTEXT_SIZE =
      Setting.of(
              "context-size",
              SettingType.INTEGER,
              "0",
              "Tokens of context of each slot; 0 takes what the model was"
                  + " trained on, at most 4096.")
          .withFlags("-c", "--ctx-size")
          .withVariables("LOCALAI_CONTEXT_SIZE");

  static final Setting<Integer> SLOTS =
      Setting.of("slots", SettingType.INTEGER, "4", "Answers that each model generates at once.")
          .withFlags("--parallel");

  static final Setting<Integer> QUEUE =
      Setting.of(
          "queue",
          SettingType.INTEGER,
          "64",
          "Requests of each model that may wait for a slot; more are refused with 429.");

  static final Setting<Integer> BATCH_SIZE =
      Setting.of("batch-size", SettingType.INTEGER, "512", "The most tokens of one compute step.")
          .withFlags("-b");

  static final Setting<Integer> THREADS =
      Setting.of(
              "threads",
              SettingType.INTEGER,
              "",
              "Compute threads of the node while it generates, shared evenly by its models; never"
                  + " more than it has processors.")
          .withDefault(
              new Default(
                  "physical cores", host -> List.of(Integer.toString(host.physicalCores()))))
          .withFlags("-t")
          .withVariables("LOCALAI_THREADS");

  static final Setting<Integer> THREADS_BATCH =
      Setting.of("threads-batch", SettingType.INTEGER, "", "The same while it reads prompts.")
          .withDefault(new Default("threads", _ -> List.of()))
          .withFlags("-tb");

  static final Setting<CacheType> CACHE_TYPE_K =
      Setting.of(
              "cache-type-k",
              SettingType.choice(CacheType.class),
              "f16",
              "Storage type of the keys in the KV cache.")
          .withFlags("-ctk");

  static final Setting<CacheType> CACHE_TYPE_V =
      Setting.of(
              "cache-type-v",
              SettingType.choice(CacheType.class),
              "f16",
              "Storage type of the values in the KV cache.")
          .withFlags("-ctv");

  static final Setting<Boolean> MMAP =
      Setting.of("mmap", SettingType.SWITCH, "true", "Map model files instead of reading them.");

  static final Setting<Boolean> MLOCK =
      Setting.of("mlock", SettingType.SWITCH, "false", "Lock the weights in memory.");

  static final Setting<Integer> GPU_LAYERS =
      Setting.of(
              "gpu-layers",
              SettingType.INTEGER,
              "-1",
              "Layers that a GPU holds, where the backend has one; -1 for all that fit.")
          .withFlags("-ngl");

  static final Setting<FlashAttention> FLASH_ATTENTION =
      Setting.of(
              "flash-attention",
              SettingType.choice(FlashAttention.class),
              "auto",
              "Whether the fused attention kernel is used.")
          .withFlags("-fa");

  static final Setting<Boolean> CONTEXT_SHIFT =
      Setting.of(
          "context-shift",
          SettingType.SWITCH,
          "false",
          "At the end of the context forget the oldest half and go on, instead of ending the"
              + " answer.");

  static final Setting<Boolean> PREFIX_CACHE =
      Setting.of(
          "prefix-cache",
          SettingType.SWITCH,
          "true",
          "Keep what idle slots have read, for prompts that begin alike.");

  static final Setting<PoolingChoice> POOLING =
      Setting.of(
          "pooling",
          SettingType.choice(PoolingChoice.class),
          "auto",
          "How token states become one embedding; auto asks the model.");

  static final Setting<Boolean> EMBEDDINGS =
      Setting.of(
          "embeddings", SettingType.SWITCH, "false", "Serve embeddings and generate no text.");

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section(
          "Engine",
          List.of(
              BACKEND,
              CONTEXT_SIZE,
              SLOTS,
              QUEUE,
              BATCH_SIZE,
              THREADS,
              THREADS_BATCH,
              CACHE_TYPE_K,
              CACHE_TYPE_V,
              MMAP,
              MLOCK,
              GPU_LAYERS,
              FLASH_ATTENTION,
              CONTEXT_SHIFT,
              PREFIX_CACHE,
              POOLING,
              EMBEDDINGS));
}
