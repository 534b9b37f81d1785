package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.node.LogOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * The table of a node's settings. Flags, variables, keys of the configuration file, {@code
 * --print-config}, help and documentation all follow it.
 */
public final class NodeSettings {
  private NodeSettings() {}

  static final Setting<Path> STATE_DIR =
      Setting.of(
              "state-dir",
              SettingType.PATH,
              "",
              "Folder of this node alone: identity, caches, persisted state.")
          .withDefault(
              new Default(
                  "$XDG_STATE_HOME/flotilla or ~/.local/state/flotilla",
                  host -> List.of(host.defaultStateDir().toString())));

  static final Setting<LogOptions.Format> LOG_FORMAT =
      Setting.of(
          "log-format", SettingType.choice(LogOptions.Format.class), "text", "Form of log lines.");

  static final Setting<LogOptions.Level> LOG_LEVEL =
      Setting.of(
              "log-level",
              SettingType.choice(LogOptions.Level.class),
              "info",
              "The least urgent level that is logged.")
          .withVariables("LOCALAI_LOG_LEVEL");

  /**
   * Settings that belong together.
   *
   * @param heading what help and documentation call them
   * @param settings in the order they are shown in
   */
  record Section(String heading, List<Setting<?>> settings) {}

  private static final Section SECTION =
      new Section("Node", List.of(STATE_DIR, LOG_FORMAT, LOG_LEVEL));

  /** The table. */
  static final List<Section> SECTIONS =
      List.of(
          ModelSettings.SECTION,
          EngineSettings.SECTION,
          SamplingSettings.SECTION,
          ApiSettings.SECTION,
          SwarmSettings.SECTION,
          ShardSettings.SECTION,
          PlacementSettings.SECTION,
          FederationSettings.SECTION,
          SECTION);

  /** What a node is told that routes and serves nothing itself. */
  static final List<Section> GATEWAY_SECTIONS =
      List.of(
          ApiSettings.SECTION,
          SwarmSettings.SECTION,
          PlacementSettings.SECTION,
          FederationSettings.SECTION,
          SECTION);

  /** All rows of the table. */
  static final List<Setting<?>> ALL =
      SECTIONS.stream().<Setting<?>>flatMap(section -> section.settings().stream()).toList();
}
