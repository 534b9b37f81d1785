package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where settings come from: flags, variables, files, defaults. */
class SettingSourcesTest {
  @TempDir private Path home;

  @Test
  void flagsWinOverEnvironmentOverFileOverDefault() throws IOException {
    Path file =
        Files.writeString(home.resolve("f.yaml"), "slots: 11\nqueue: 12\nbatch-size: 130\n");
    EffectiveSettings settings =
        load(
            Map.of("FLOTILLA_SLOTS", "21", "FLOTILLA_QUEUE", "22"),
            "--config",
            file.toString(),
            "--slots",
            "31");

    assertThat(settings.get(EngineSettings.SLOTS)).isEqualTo(31);
    assertThat(settings.origin(EngineSettings.SLOTS)).isEqualTo(new Origin.Flag());
    assertThat(settings.get(EngineSettings.QUEUE)).isEqualTo(22);
    assertThat(settings.origin(EngineSettings.QUEUE))
        .isEqualTo(new Origin.Environment("FLOTILLA_QUEUE"));
    assertThat(settings.get(EngineSettings.BATCH_SIZE)).isEqualTo(130);
    assertThat(settings.origin(EngineSettings.BATCH_SIZE)).isEqualTo(new Origin.File(file));
    assertThat(settings.get(SamplingSettings.TOP_K)).isEqualTo(40);
    assertThat(settings.origin(SamplingSettings.TOP_K)).isEqualTo(new Origin.Default());
  }

  @Test
  void ownVariableWinsOverForeignOnesAndEmptyOnesDoNotCount() {
    Map<String, String> environment =
        Map.of("FLOTILLA_ADDRESS", " ", "LOCALAI_ADDRESS", ":1", "ADDRESS", ":2");

    assertThat(load(environment).get(ApiSettings.ADDRESS)).isEqualTo(new HostPort("0.0.0.0", 1));
    assertThat(load(Map.of("ADDRESS", ":2")).get(ApiSettings.ADDRESS).port()).isEqualTo(2);
    assertThat(
            load(Map.of("FLOTILLA_ADDRESS", ":3", "ADDRESS", ":2")).get(ApiSettings.ADDRESS).port())
        .isEqualTo(3);
  }

  @Test
  void listsInTheEnvironmentAreSeparatedByCommas() {
    assertThat(load(Map.of("FLOTILLA_MODEL", "a.gguf, b=c.gguf ,")).get(ModelSettings.MODEL))
        .containsExactly(ModelSpec.parse("a.gguf"), ModelSpec.parse("b=c.gguf"));
  }

  @Test
  void filesAreLookedForFromTheMostPersonalToTheInstallation() throws IOException {
    Path installed = write(home.resolve("installation/conf"), "slots: 1");
    assertThat(load(Map.of()).origin(EngineSettings.SLOTS)).isEqualTo(new Origin.File(installed));

    Path configured = write(home.resolve(".config/flotilla"), "slots: 2");
    assertThat(load(Map.of()).origin(EngineSettings.SLOTS)).isEqualTo(new Origin.File(configured));

    Path ofState = write(home.resolve("state"), "slots: 3");
    String stateDir = home.resolve("state").toString();
    assertThat(load(Map.of("FLOTILLA_STATE_DIR", stateDir)).origin(EngineSettings.SLOTS))
        .isEqualTo(new Origin.File(ofState));

    Path named = write(home.resolve("named"), "slots: 4");
    assertThat(
            load(Map.of("FLOTILLA_STATE_DIR", stateDir, "FLOTILLA_CONFIG", named.toString()))
                .origin(EngineSettings.SLOTS))
        .isEqualTo(new Origin.File(named));
  }

  @Test
  void readsListsInTheFile() throws IOException {
    Path file =
        Files.writeString(
            home.resolve("f.yaml"), "cors-origin: [http://a, http://b]\nmodel: tiny.gguf\n");
    EffectiveSettings settings = load(Map.of(), "--config", file.toString());

    assertThat(settings.get(ApiSettings.CORS_ORIGIN)).containsExactly("http://a", "http://b");
    assertThat(settings.get(ModelSettings.MODEL)).containsExactly(ModelSpec.parse("tiny.gguf"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "slots: [1]|slots",
        "slots: {a: 1}|slots",
        "slots: many|slots",
        "slotz: 1|config",
        "slots: 1\\nslots: 2|config",
        "- slots|config",
        "'slots: [1'|config",
      })
  void refusesAFileThatIsWrong(String yaml, String option) throws IOException {
    Path file = Files.writeString(home.resolve("f.yaml"), yaml.replace("\\n", "\n"));

    assertThatThrownBy(() -> load(Map.of(), "--config", file.toString()))
        .isInstanceOfSatisfying(
            OptionException.class, e -> assertThat(e.option()).isEqualTo(option))
        .hasMessageContaining(file.toString());
  }

  @Test
  void refusesAConfigFileThatIsNamedAndMissing() {
    assertThatThrownBy(() -> load(Map.of(), "--config", home.resolve("none.yaml").toString()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("none.yaml");
  }

  @Test
  void variablesThatChangeNothingAreNamed() {
    LocalAiVariables variables =
        new LocalAiVariables(
            Map.of("LOCALAI_P2P_NETWORK_ID", "home", "LOCALAI_P2P_ENABLE_LIMITS", ""));
    assertThat(variables.unheeded())
        .singleElement()
        .asString()
        .startsWith("LOCALAI_P2P_NETWORK_ID changes nothing here");
  }

  @Test
  void printsValuesAndOrigins() {
    assertThat(load(Map.of("FLOTILLA_QUEUE", "9"), "--no-mmap").print().lines())
        .anyMatch(line -> line.matches("queue +9 +environment FLOTILLA_QUEUE"))
        .anyMatch(line -> line.matches("mmap +false +flag"))
        .anyMatch(line -> line.matches("slots +4 +default"))
        .hasSize(NodeSettings.ALL.size());
  }

  private EffectiveSettings load(Map<String, String> environment, String... flags) {
    return TestingHost.load(home, environment, flags);
  }

  private static Path write(Path folder, String yaml) throws IOException {
    return Files.writeString(Files.createDirectories(folder).resolve("flotilla.yaml"), yaml);
  }
}
