package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.node.lending.PortRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.ShardSetting;
import java.nio.file.Path;
import java.util.List;

/** The part of the table for models over several machines. */
final class ShardSettings {
  private ShardSettings() {}

  /** Whether tokens are guessed ahead. */
  enum Speculation {
    AUTO,
    OFF
  }

  static final Setting<ShardSetting> SHARD =
      Setting.of(
          "shard",
          SettingType.single("auto|N|off", ShardSetting::parse),
          "auto",
          "Into how many stages models are cut, one here and the others at workers of the swarm;"
              + " auto cuts what does not fit here.");

  static final Setting<Boolean> SHARD_UNCERTIFIED =
      Setting.of(
          "shard-uncertified",
          SettingType.SWITCH,
          "false",
          "Cut models too whose architecture no test has shown to stay exact.");

  static final Setting<ActivationType> SHARD_ACTIVATIONS =
      Setting.of(
          "shard-activations",
          SettingType.choice(ActivationType.class),
          "f32",
          "How hidden states travel between stages; f32 is exact, the others are smaller.");

  static final Setting<Speculation> SPECULATION =
      Setting.of(
          "speculation",
          SettingType.choice(Speculation.class),
          "auto",
          "Whether stages compute guessed tokens ahead where that saves trips over slow links;"
              + " answers stay the same.");

  static final Setting<Long> MEMORY =
      Setting.of(
              "memory", SettingType.SIZE, "", "Memory that this node lends to other nodes' models.")
          .withDefault(
              new Default("nothing; for a worker three quarters of what is free", _ -> List.of()));

  static final Setting<PortRange> STAGE_PORTS =
      Setting.of(
              "stage-ports",
              SettingType.single("FIRST-LAST", PortRange::parse),
              "",
              "Ports that stages of other nodes' models listen on here, one for each.")
          .withDefault(new Default("any free ones", _ -> List.of()));

  static final Setting<Path> MODELS_CACHE =
      Setting.of("models-cache", SettingType.PATH, "", "Folder where slices of models are kept.")
          .withDefault(new Default("slices in the state folder", _ -> List.of()));

  static final Setting<Long> CACHE_SIZE =
      Setting.of(
          "cache-size",
          SettingType.SIZE,
          "50GiB",
          "The most that slices of models take on the disk; the one used longest ago goes first.");

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section(
          "Models over several machines",
          List.of(
              SHARD,
              SHARD_UNCERTIFIED,
              SHARD_ACTIVATIONS,
              SPECULATION,
              MEMORY,
              MODELS_CACHE,
              CACHE_SIZE,
              STAGE_PORTS));
}
