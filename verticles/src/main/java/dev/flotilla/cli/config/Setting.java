package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One setting: a row of the table in {@link NodeSettings}. Its flag is {@code --name}, its variable
 * {@code FLOTILLA_NAME}, its key in the configuration file {@code name}.
 *
 * @param name lower-case words with hyphens
 * @param flagAliases further spellings of the flag, dashes included
 * @param foreignVariables variables of other servers that mean the same; our own wins over them
 * @param secret whether the value must not be shown
 * @param defaultValue what holds when nobody says anything
 * @param meaning one sentence for help and documentation
 */
public record Setting<T>(
    String name,
    SettingType<T> type,
    List<String> flagAliases,
    List<String> foreignVariables,
    boolean secret,
    Default defaultValue,
    String meaning) {

  /**
   * What a setting is when nobody says anything.
   *
   * @param text how the documentation puts it
   * @param texts the value on a host, as texts to be read by the setting's type; empty for none,
   *     where the type is a list or the setting optional
   */
  record Default(String text, Function<Host, List<String>> texts) {
    static final Default NONE = new Default("", _ -> List.of());

    static Default of(String text) {
      return new Default(text, _ -> List.of(text));
    }
  }

  static <T> Setting<T> of(String name, SettingType<T> type, String defaultText, String meaning) {
    return new Setting<>(name, type, List.of(), List.of(), false, Default.of(defaultText), meaning);
  }

  Setting<T> withFlags(String... aliases) {
    return new Setting<>(
        name, type, List.of(aliases), foreignVariables, secret, defaultValue, meaning);
  }

  Setting<T> withVariables(String... variables) {
    return new Setting<>(
        name, type, flagAliases, List.of(variables), secret, defaultValue, meaning);
  }

  Setting<T> withDefault(Default value) {
    return new Setting<>(name, type, flagAliases, foreignVariables, secret, value, meaning);
  }

  Setting<T> asSecret() {
    return new Setting<>(name, type, flagAliases, foreignVariables, true, defaultValue, meaning);
  }

  /** The flag that sets it. */
  String flag() {
    return "--" + name;
  }

  /** Our own environment variable. */
  String variable() {
    return "FLOTILLA_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** Whether its value may be a list. */
  boolean isList() {
    return type.shape() == SettingType.Shape.LIST;
  }

  /**
   * Its value.
   *
   * @param texts exactly one, or any number of a list's elements
   * @throws OptionException naming this setting and the origin of the text that can't be read
   */
  T read(List<String> texts, Origin origin) {
    try {
      return type.reader().apply(texts);
    } catch (IllegalArgumentException e) {
      String problem = secret ? "its value can't be read" : e.getMessage();
      throw new OptionException(name, flag() + " (" + origin.describe() + "): " + problem);
    }
  }
}
