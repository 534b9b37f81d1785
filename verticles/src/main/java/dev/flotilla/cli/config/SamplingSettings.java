package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import java.util.List;

/** The part of the table that says how tokens are chosen, where a request doesn't say. */
final class SamplingSettings {
  private SamplingSettings() {}

  static final Setting<Float> TEMPERATURE =
      Setting.of("temperature", SettingType.DECIMAL, "0.8", "0 always takes the likeliest token.")
          .withFlags("--temp");

  static final Setting<Integer> TOP_K =
      Setting.of("top-k", SettingType.INTEGER, "40", "Likeliest tokens kept; 0 keeps all.");

  static final Setting<Float> TOP_P =
      Setting.of("top-p", SettingType.DECIMAL, "0.95", "Probability mass kept; 1 keeps all.");

  static final Setting<Float> MIN_P =
      Setting.of(
          "min-p",
          SettingType.DECIMAL,
          "0.05",
          "Least probability kept, as a part of the likeliest token's; 0 keeps all.");

  static final Setting<Float> TYPICAL_P =
      Setting.of("typical-p", SettingType.DECIMAL, "1", "Locally typical mass kept; 1 keeps all.");

  static final Setting<Float> REPEAT_PENALTY =
      Setting.of(
          "repeat-penalty",
          SettingType.DECIMAL,
          "1",
          "Divides the logits of recent tokens; 1 is off.");

  static final Setting<Integer> REPEAT_LAST_N =
      Setting.of(
          "repeat-last-n",
          SettingType.INTEGER,
          "64",
          "Recent tokens that penalties look at; 0 none, -1 the whole context.");

  static final Setting<Float> FREQUENCY_PENALTY =
      Setting.of(
          "frequency-penalty", SettingType.DECIMAL, "0", "Subtracted for each recent occurrence.");

  static final Setting<Float> PRESENCE_PENALTY =
      Setting.of("presence-penalty", SettingType.DECIMAL, "0", "Subtracted for having occurred.");

  static final Setting<Long> SEED =
      Setting.of("seed", SettingType.LONG, "", "Seed of the sampler.")
          .withDefault(new Default("a new one for every request", _ -> List.of()))
          .withFlags("-s");

  static final Setting<Integer> MAX_TOKENS =
      Setting.of("max-tokens", SettingType.INTEGER, "", "The most tokens of an answer.")
          .withDefault(new Default("up to the context", _ -> List.of()))
          .withFlags("-n");

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section(
          "Sampling of requests that don't say",
          List.of(
              TEMPERATURE,
              TOP_K,
              TOP_P,
              MIN_P,
              TYPICAL_P,
              REPEAT_PENALTY,
              REPEAT_LAST_N,
              FREQUENCY_PENALTY,
              PRESENCE_PENALTY,
              SEED,
              MAX_TOKENS));
}
