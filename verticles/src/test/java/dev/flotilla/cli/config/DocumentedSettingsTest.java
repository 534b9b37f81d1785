package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.cli.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The table, the help, {@code conf/flotilla.yaml} and {@code docs/CONFIGURATION.md} say the same.
 * With {@code -Dflotilla.write-docs=true} the two files are written from the table.
 */
class DocumentedSettingsTest {

  private static final Path ROOT = Repository.root();
  private static final Path YAML = ROOT.resolve("conf/flotilla.yaml");
  private static final Path DOCUMENT = ROOT.resolve("docs/CONFIGURATION.md");
  private static final String BEGIN = "<!-- begin settings -->\n";
  private static final String END = "<!-- end settings -->\n";

  @Test
  void yamlDocumentsTheTable() throws IOException {
    if (Boolean.getBoolean("flotilla.write-docs")) {
      Files.writeString(YAML, yaml());
    }
    assertThat(Files.readString(YAML)).isEqualTo(yaml());
  }

  @Test
  void documentDocumentsTheTable() throws IOException {
    String text = Files.readString(DOCUMENT);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (Boolean.getBoolean("flotilla.write-docs")) {
      text = text.substring(0, begin) + markdown() + text.substring(end);
      Files.writeString(DOCUMENT, text);
      end = text.indexOf(END);
    }
    assertThat(text.substring(begin, end)).isEqualTo(markdown());
  }

  @Test
  void helpShowsEveryFlagMeaningAndDefault() {
    CommandSpec command = CommandSpec.create();
    NodeConfiguration.addFlags(command);
    String help =
        new CommandLine(command).setUsageHelpWidth(1000).getUsageMessage(CommandLine.Help.Ansi.OFF);

    for (Setting<?> setting : NodeSettings.ALL) {
      String name = setting.type().shape() == SettingType.Shape.SWITCH ? "[no-]" : "";
      assertThat(help)
          .contains("--" + name + setting.name())
          .contains(setting.meaning())
          .contains("[" + setting.defaultValue().text());
    }
    assertThat(command.options().stream().map(OptionSpec::longestName))
        .hasSize(NodeSettings.ALL.size() + 1);
  }

  @Test
  void yamlIsReadWithEveryLineUncommented(@TempDir Path folder) throws IOException {
    String uncommented =
        Files.readString(YAML)
            .lines()
            .filter(line -> line.matches("#[a-z0-9-]+: .+"))
            .map(line -> line.substring(1))
            .collect(Collectors.joining("\n"));
    Path file = Files.writeString(folder.resolve("all.yaml"), uncommented);

    EffectiveSettings fromFile =
        EffectiveSettings.resolve(
            NodeSettings.ALL,
            List.of(ConfigFile.read(file, NodeSettings.ALL)),
            TestingHost.with(Map.of()));
    EffectiveSettings defaults =
        EffectiveSettings.resolve(NodeSettings.ALL, List.of(), TestingHost.with(Map.of()));

    for (Setting<?> setting : NodeSettings.ALL) {
      if (isConstant(setting)) {
        assertThat(fromFile.origin(setting)).isEqualTo(new Origin.File(file));
        assertThat(fromFile.find(setting).equals(defaults.find(setting)))
            .as(setting.name())
            .isTrue();
      }
    }
  }

  /** Whether the default is the same text everywhere, so that a file can hold it. */
  private static boolean isConstant(Setting<?> setting) {
    List<String> texts = setting.defaultValue().texts().apply(TestingHost.with(Map.of()));
    return texts.equals(List.of(setting.defaultValue().text()));
  }

  private static String yaml() {
    StringBuilder text =
        new StringBuilder(
            """
            # Flotilla's settings, each with its default. Remove a # to change one.
            # Environment variables (FLOTILLA_SLOTS) and flags (--slots) win over this file.
            # `flotilla run --print-config` shows what is in effect and where it came from.
            """);
    for (NodeSettings.Section section : NodeSettings.SECTIONS) {
      text.append("\n# --- ").append(section.heading()).append("\n");
      for (Setting<?> setting : section.settings()) {
        text.append("\n# ").append(setting.meaning());
        if (isConstant(setting)) {
          text.append("\n#%s: %s%n".formatted(setting.name(), yamlScalar(setting)));
        } else {
          String otherwise = setting.defaultValue().text();
          text.append(otherwise.isEmpty() ? "" : " By default: " + otherwise + ".");
          text.append("\n#%s:%n".formatted(setting.name()));
        }
      }
    }
    return text.toString();
  }

  private static String yamlScalar(Setting<?> setting) {
    return setting.defaultValue().text();
  }

  private static String markdown() {
    return NodeSettings.SECTIONS.stream()
        .map(section ->
            "\n### %s\n\n| Flag | Value | Default | Also from | Meaning |\n|---|---|---|---|---|\n"
                    .formatted(section.heading())
                + section.settings().stream()
                    .map(DocumentedSettingsTest::row)
                    .collect(Collectors.joining()))
        .collect(Collectors.joining());
  }

  private static String row(Setting<?> setting) {
    String name =
        setting.type().shape() == SettingType.Shape.SWITCH
            ? "--[no-]" + setting.name()
            : setting.flag();
    String flags =
        Stream.concat(Stream.of(name), setting.flagAliases().stream())
            .map(flag -> "`" + flag + "`")
            .collect(Collectors.joining(" "));
    String foreign =
        setting.foreignVariables().stream()
            .map(variable -> "`" + variable + "`")
            .collect(Collectors.joining(" "));
    String label = setting.type().label().replace("|", "\\|");
    return "| %s | %s | %s | %s | %s |%n"
        .formatted(
            flags,
            label.isEmpty() ? "" : "`" + label + "`",
            isConstant(setting)
                ? "`" + setting.defaultValue().text() + "`"
                : setting.defaultValue().text(),
            foreign,
            setting.meaning());
  }
}
