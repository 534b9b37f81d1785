package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Settings in a YAML file: one mapping from setting names to scalars or lists of scalars.
 *
 * @param path the file
 * @param values the texts of every setting it gives
 */
record ConfigFile(Path path, Map<String, List<String>> values) implements SettingSource {

  /** The longest file that is read. */
  static final int MAX_BYTES = 1 << 20;

  /** What errors about the file as a whole are blamed on. */
  static final String OPTION = "config";

  /**
   * Reads a file.
   *
   * @param known the settings that may occur in it
   * @throws OptionException if it can't be read, is no YAML mapping, or names an unknown setting
   */
  static ConfigFile read(Path path, List<Setting<?>> known) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    mapping(path)
        .forEach((key, value) -> {
          Setting<?> setting = settingNamed(String.valueOf(key), known, path);
          values.put(setting.name(), texts(setting, value, path));
        });
    return new ConfigFile(path, Map.copyOf(values));
  }

  @Override
  public Optional<Given> find(Setting<?> setting) {
    return Optional.ofNullable(values.get(setting.name()))
        .map(texts -> new Given(texts, new Origin.File(path)));
  }

  private static Map<?, ?> mapping(Path path) {
    LoadSettings limits =
        LoadSettings.builder()
            .setLabel(path.toString())
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(MAX_BYTES)
            .build();
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new OptionException(OPTION, path + " is longer than " + MAX_BYTES + " bytes");
      }
      Object document = new Load(limits).loadFromString(Files.readString(path));
      return switch (document) {
        case null -> Map.of();
        case Map<?, ?> mapping -> mapping;
        default -> throw new OptionException(OPTION, path + " is not a mapping of settings");
      };
    } catch (IOException e) {
      throw new OptionException(OPTION, "can't read " + path + ": " + e);
    } catch (YamlEngineException e) {
      throw new OptionException(OPTION, path + " is not valid YAML: " + e.getMessage());
    }
  }

  private static Setting<?> settingNamed(String key, List<Setting<?>> known, Path path) {
    return known.stream()
        .filter(setting -> setting.name().equals(key))
        .findFirst()
        .orElseThrow(
            () -> new OptionException(OPTION, path + ": there is no setting '" + key + "'"));
  }

  private static List<String> texts(Setting<?> setting, Object value, Path path) {
    return switch (value) {
      case List<?> elements when setting.isList() ->
          elements.stream().map(element -> scalar(setting, element, path)).toList();
      default -> List.of(scalar(setting, value, path));
    };
  }

  private static String scalar(Setting<?> setting, Object value, Path path) {
    return switch (value) {
      case String text -> text;
      case Number number -> number.toString();
      case Boolean bool -> bool.toString();
      case null, default ->
          throw new OptionException(
              setting.name(),
              path
                  + ": '"
                  + setting.name()
                  + "' must be "
                  + (setting.isList() ? "a list of values" : "one value"));
    };
  }
}
