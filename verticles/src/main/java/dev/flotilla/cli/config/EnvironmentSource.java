package dev.flotilla.cli.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Settings in environment variables. A list's elements are separated by commas; a variable that is
 * set but empty counts as not set, as compose files leave them.
 *
 * @param variables the environment
 */
record EnvironmentSource(Map<String, String> variables) implements SettingSource {

  @Override
  public Optional<Given> find(Setting<?> setting) {
    return Stream.concat(Stream.of(setting.variable()), setting.foreignVariables().stream())
        .filter(variable -> !variables.getOrDefault(variable, "").isBlank())
        .findFirst()
        .map(variable -> new Given(texts(setting, variable), new Origin.Environment(variable)));
  }

  private List<String> texts(Setting<?> setting, String variable) {
    String text = variables.getOrDefault(variable, "");
    return setting.isList() ? SettingType.commaSeparated(text) : List.of(text);
  }
}
