package dev.flotilla.cli.config;

import dev.flotilla.cli.config.SettingSource.Given;
import dev.flotilla.node.OptionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The value of every setting and where it came from. Of several places that give one, the first in
 * the order of precedence counts alone; lists are not merged.
 */
public final class EffectiveSettings {

  private final Map<Setting<?>, Given> given;

  private EffectiveSettings(Map<Setting<?>, Given> given) {
    this.given = given;
  }

  /**
   * Asks the sources for each setting, in their order, and the defaults last.
   *
   * @throws OptionException for the first setting whose value can't be read
   */
  static EffectiveSettings resolve(
      List<Setting<?>> settings, List<? extends SettingSource> sources, Host host) {
    Map<Setting<?>, Given> given = new LinkedHashMap<>();
    for (Setting<?> setting : settings) {
      Given found =
          sources.stream()
              .flatMap(source -> source.find(setting).stream())
              .findFirst()
              .orElseGet(() -> byDefault(setting, host));
      given.put(setting, found);
      readable(setting, found);
    }
    return new EffectiveSettings(given);
  }

  private static Given byDefault(Setting<?> setting, Host host) {
    return new Given(setting.defaultValue().texts().apply(host), new Origin.Default());
  }

  private static <T> Optional<T> readable(Setting<T> setting, Given given) {
    return given.texts().isEmpty() && !setting.isList()
        ? Optional.empty()
        : Optional.of(setting.read(given.texts(), given.origin()));
  }

  /** The value of a setting that always has one. */
  public <T> T get(Setting<T> setting) {
    return find(setting).orElseThrow(() -> new IllegalStateException(setting.name() + " not set"));
  }

  /** The value of a setting that may be absent. */
  public <T> Optional<T> find(Setting<T> setting) {
    return readable(setting, givenFor(setting));
  }

  /** Where the value of a setting came from. */
  public Origin origin(Setting<?> setting) {
    return givenFor(setting).origin();
  }

  private Given givenFor(Setting<?> setting) {
    Given found = given.get(setting);
    if (found == null) {
      throw new IllegalArgumentException(setting.name() + " is not a setting of this command");
    }
    return found;
  }

  /** One line a setting: name, value, origin, in columns. Secrets are masked. */
  public String print() {
    List<List<String>> rows = new ArrayList<>();
    given.forEach((setting, value) ->
        rows.add(List.of(setting.name(), shown(setting, value), value.origin().describe())));
    int nameWidth = width(rows, 0);
    int valueWidth = width(rows, 1);
    StringBuilder text = new StringBuilder();
    rows.forEach(row ->
        text.append(
            ("%-" + nameWidth + "s  %-" + valueWidth + "s  %s%n")
                .formatted(row.get(0), row.get(1), row.get(2))));
    return text.toString();
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
  }

  private static String shown(Setting<?> setting, Given value) {
    if (value.texts().isEmpty()) {
      return "-";
    }
    return setting.secret() ? "****" : String.join(", ", value.texts());
  }
}
