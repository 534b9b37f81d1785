package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import java.nio.file.Path;
import java.util.List;

/** The part of the table that says what is served. */
final class ModelSettings {
  private ModelSettings() {}

  static final Setting<List<ModelSpec>> MODEL =
      Setting.of(
              "model",
              SettingType.list("[NAME=]FILE", ModelSpec::parse),
              "",
              "GGUF file to serve, the first part of a split one, or a file's name in the models"
                  + " folder; may be given several times. NAME is what requests call it, by default"
                  + " the file's name without .gguf.")
          .withDefault(Default.NONE)
          .withFlags("-m");

  static final Setting<Path> MODELS_DIR =
      Setting.of("models-dir", SettingType.PATH, "", "Folder where model names are looked up.")
          .withDefault(new Default("models in the state folder", _ -> List.of()))
          .withVariables("LOCALAI_MODELS_PATH");

  static final Setting<String> CHAT_TEMPLATE =
      Setting.of(
              "chat-template",
              SettingType.TEXT,
              "",
              "Chat template in place of the model's own: a Jinja file (its name has a slash or"
                  + " ends in .jinja) or the name of a built-in one.")
          .withDefault(new Default("the model's own", _ -> List.of()));

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section("Models", List.of(MODEL, MODELS_DIR, CHAT_TEMPLATE));
}
