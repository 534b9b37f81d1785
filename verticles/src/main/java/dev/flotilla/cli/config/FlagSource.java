package dev.flotilla.cli.config;

import dev.flotilla.cli.config.NodeSettings.Section;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Settings given as flags.
 *
 * @param parsed a parsed command line of a command that {@link #addFlags} prepared
 */
record FlagSource(ParseResult parsed) implements SettingSource {

  /** Gives a command the flags of some settings, grouped under headings in its help. */
  static void addFlags(CommandSpec command, List<Section> sections) {
    sections.forEach(section -> {
      ArgGroupSpec.Builder group =
          ArgGroupSpec.builder()
              .heading("%n" + section.heading() + ":%n")
              .validate(false)
              .order(command.argGroups().size());
      section.settings().forEach(setting -> group.addArg(flag(setting)));
      command.addArgGroup(group.build());
    });
  }

  @Override
  public Optional<Given> find(Setting<?> setting) {
    OptionSpec option = parsed.matchedOption(setting.flag());
    return option == null
        ? Optional.empty()
        : Optional.of(new Given(texts(setting, option), new Origin.Flag()));
  }

  /** All of a list; of {@code --mmap --no-mmap} what was said last. */
  private static List<String> texts(Setting<?> setting, OptionSpec option) {
    List<String> all = option.stringValues();
    return setting.isList() ? all : List.of(all.getLast());
  }

  private static OptionSpec flag(Setting<?> setting) {
    String[] names =
        Stream.concat(Stream.of(setting.flag()), setting.flagAliases().stream())
            .toArray(String[]::new);
    OptionSpec.Builder option = OptionSpec.builder(names).description(description(setting));
    return switch (setting.type().shape()) {
      case SWITCH -> option.type(boolean.class).negatable(true).fallbackValue("true").build();
      case SINGLE -> option.type(String.class).paramLabel(setting.type().label()).build();
      case LIST ->
          option
              .type(List.class)
              .auxiliaryTypes(String.class)
              .paramLabel(setting.type().label())
              .build();
    };
  }

  private static String description(Setting<?> setting) {
    String text = setting.defaultValue().text();
    String sentence = text.isEmpty() ? setting.meaning() : setting.meaning() + " [" + text + "]";
    return sentence.replace("%", "%%");
  }
}
