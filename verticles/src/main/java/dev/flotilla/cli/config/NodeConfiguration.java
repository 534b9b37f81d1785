package dev.flotilla.cli.config;

import dev.flotilla.cli.config.NodeSettings.Section;
import dev.flotilla.node.OptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The settings of a node, from flags, environment, configuration file and defaults, in that order.
 */
public final class NodeConfiguration {

  static final String CONFIG_FLAG = "--config";
  static final String CONFIG_VARIABLE = "FLOTILLA_CONFIG";
  static final String FILE_NAME = "flotilla.yaml";

  private NodeConfiguration() {}

  /** Gives a command the flags of every setting, and {@code --config}. */
  public static void addFlags(CommandSpec command) {
    addFlags(command, NodeSettings.SECTIONS);
  }

  /** Gives a command the flags of a gateway without models, and {@code --config}. */
  public static void addGatewayFlags(CommandSpec command) {
    addFlags(command, NodeSettings.GATEWAY_SECTIONS);
  }

  private static void addFlags(CommandSpec command, List<Section> sections) {
    command.addOption(
        OptionSpec.builder(CONFIG_FLAG)
            .type(String.class)
            .paramLabel("FILE")
            .description(
                "Configuration file, also "
                    + CONFIG_VARIABLE
                    + " [flotilla.yaml in the state folder, in ~/.config/flotilla or in conf/ of"
                    + " the installation]")
            .build());
    FlagSource.addFlags(command, sections);
  }

  /** Gives a command the flags that say where models and state are. */
  public static void addFolderFlags(CommandSpec command) {
    FlagSource.addFlags(
        command,
        List.of(new Section("Folders", List.of(ModelSettings.MODELS_DIR, NodeSettings.STATE_DIR))));
  }

  /**
   * The effective settings.
   *
   * @throws OptionException if a value or the configuration file can't be read
   */
  public static EffectiveSettings load(ParseResult parsed, Host host) {
    List<SettingSource> sources = new ArrayList<>();
    sources.add(new FlagSource(parsed));
    sources.add(new EnvironmentSource(host.environment()));
    sources.add(new LocalAiVariables(host.environment()));
    findFile(parsed, sources, host)
        .map(path -> ConfigFile.read(path, NodeSettings.ALL))
        .ifPresent(sources::add);
    return EffectiveSettings.resolve(NodeSettings.ALL, sources, host);
  }

  /**
   * What of the environment was meant for another server and changes nothing, one sentence each.
   */
  public static List<String> unheeded(Host host) {
    return new LocalAiVariables(host.environment()).unheeded();
  }

  /** The file that is named, which must be there, or else the first that is found. */
  private static Optional<Path> findFile(
      ParseResult parsed, List<SettingSource> flagsAndEnvironment, Host host) {
    Optional<Path> named =
        Optional.<String>ofNullable(parsed.matchedOptionValue(CONFIG_FLAG, null))
            .or(() -> host.variable(CONFIG_VARIABLE))
            .map(Path::of);
    if (named.isPresent()) {
      return named;
    }
    // The state folder can itself be a setting, but not one of the file that is looked for in it.
    Path stateDir =
        EffectiveSettings.resolve(List.of(NodeSettings.STATE_DIR), flagsAndEnvironment, host)
            .get(NodeSettings.STATE_DIR);
    return Stream.concat(
            Stream.of(stateDir, host.configDir()),
            host.installation().map(home -> home.resolve("conf")).stream())
        .map(folder -> folder.resolve(FILE_NAME))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
