package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.federation.Stickiness;
import dev.flotilla.node.ChatTemplateSource;
import dev.flotilla.node.GatewayOptions;
import dev.flotilla.node.LogOptions;
import dev.flotilla.node.ModelOptions;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.api.ApiKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What settings mean to a node. */
class NodeConfigurationTest {

  @TempDir private Path home;
  private Path model;

  @BeforeEach
  void makeModelFile() throws IOException {
    model = Files.createFile(home.resolve("tiny.gguf"));
  }

  @Test
  void hasDefaults() {
    NodeOptions options = assemble(Map.of());

    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(8080);
    assertThat(options.apiKeys()).isEmpty();
    assertThat(options.corsOrigins()).isEmpty();
    assertThat(options.bodyLimitBytes()).isEqualTo(16 << 20);
    assertThat(options.drainMillis()).isEqualTo(30_000);
    assertThat(options.stateDir()).isEqualTo(home.resolve(".local/state/flotilla"));
    assertThat(options.models()).isEmpty();
    assertThat(options.log())
        .isEqualTo(new LogOptions(LogOptions.Format.TEXT, LogOptions.Level.INFO));
    assertThat(options.sampling().temperature()).isEqualTo(0.8f);
    assertThat(options.sampling().topK()).isEqualTo(40);
    assertThat(options.sampling().topP()).isEqualTo(0.95f);
    assertThat(options.sampling().minP()).isEqualTo(0.05f);
    assertThat(options.sampling().seed()).isEmpty();
    assertThat(options.sampling().maxTokens()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void labelsSayWhatTheOwnerSays() {
    Map<String, String> swarm = Map.of("FLOTILLA_P2P", "true");
    assertThat(labels(swarm)).isEmpty();
    assertThat(labels(Map.of("FLOTILLA_P2P", "true", "FLOTILLA_LABELS", "room=office, rack=3")))
        .isEqualTo(Map.of("room", "office", "rack", "3"));
    assertThat(labels(swarm, "--label", "room=attic", "--label", "rack=4"))
        .isEqualTo(Map.of("room", "attic", "rack", "4"));
    assertThatThrownBy(() -> labels(swarm, "--label", "room"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("NAME=VALUE");
    assertThatThrownBy(() -> labels(swarm, "--label", "room=a", "--label", "room=b"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("two values");
  }

  private Map<String, String> labels(Map<String, String> environment, String... arguments) {
    return assemble(environment, arguments).swarm().orElseThrow().labels();
  }

  @Test
  void localAisVariablesMeanHereWhatTheyMeanThere() {
    assertThat(gateway(Map.of("LOCALAI_FEDERATED", "true"))).isEqualTo("predicted");
    assertThat(gateway(Map.of("LOCALAI_PEDERATED", "true", "LOCALAI_RANDOM_WORKER", "true")))
        .isEqualTo("random");
    assertThat(gateway(Map.of("FEDERATED", "true", "LOCALAI_TARGET_WORKER", "attic")))
        .isEqualTo("fixed:attic");
    assertThat(
            gateway(
                Map.of(
                    "LOCALAI_FEDERATED", "true",
                    "LOCALAI_RANDOM_WORKER", "true",
                    "FLOTILLA_ROUTING", "round-robin")))
        .isEqualTo("round-robin");
    assertThat(assemble(Map.of("P2P", "true", "LOCALAI_P2P_DISABLE_DHT", "true")).swarm())
        .hasValueSatisfying(swarm -> assertThat(swarm.dht()).isFalse());
  }

  @Test
  void aModelMayHaveAPolicyOfItsOwn() {
    GatewayOptions options =
        assemble(
                Map.of("FLOTILLA_STICKY", "user"),
                "--federated",
                "--model-routing",
                "a=b=least-loaded",
                "--model-routing",
                "c=fixed:attic")
            .gateway()
            .orElseThrow();
    assertThat(options.modelRouting()).isEqualTo(Map.of("a=b", "least-loaded", "c", "fixed:attic"));
    assertThat(options.stickiness()).isEqualTo(Stickiness.USER);
    for (String wrong : List.of("least-loaded", "=random", "a=", "a=fastest")) {
      assertThatThrownBy(() -> assemble(Map.of(), "--federated", "--model-routing", wrong))
          .isInstanceOf(OptionException.class)
          .hasMessageContaining("--model-routing");
    }
  }

  private String gateway(Map<String, String> variables) {
    return assemble(variables).gateway().orElseThrow().routing();
  }

  @Test
  void hasEngineDefaults() {
    ModelOptions served = assemble(Map.of(), "--model", model.toString()).models().getFirst();

    assertThat(served.id()).isEqualTo("tiny");
    assertThat(served.chatTemplate()).isEmpty();
    assertThat(served.engine())
        .isEqualTo(
            new EngineOptions(
                model,
                Backend.CPU,
                0,
                4,
                64,
                512,
                4,
                4,
                CacheType.F16,
                CacheType.F16,
                true,
                false,
                -1,
                Optional.empty(),
                false,
                true,
                true,
                Optional.empty(),
                false));
  }

  @Test
  void mapsEveryFlag() throws IOException {
    Path keys = Files.writeString(home.resolve("keys"), "# ours\nkey-from-file\n\n");
    Path template = Files.createFile(home.resolve("chat.jinja"));
    NodeOptions options =
        assemble(
            Map.of(),
            ("--model small=%s --chat-template %s --backend vulkan --context-size 4096 --slots 2"
                    + " --queue 7 --batch-size 256 --threads 3 --threads-batch 6 --cache-type-k q8_0"
                    + " --cache-type-v f32 --no-mmap --mlock --gpu-layers 12 --flash-attention on"
                    + " --context-shift --no-prefix-cache --speculation off --pooling mean"
                    + " --embeddings --temperature 0.5 --top-k 1 --top-p 0.25 --min-p 0.125"
                    + " --typical-p 0.75 --repeat-penalty 1.5 --repeat-last-n -1 --frequency-penalty"
                    + " -1.5 --presence-penalty 1.25 --seed 42 --max-tokens 100 --address [::1]:0"
                    + " --api-key key-number-one --api-key key-number-two --api-key-file %s"
                    + " --cors-origin https://example.org --body-limit 64KiB --drain-timeout 1500ms"
                    + " --state-dir %s --log-format json --log-level debug")
                .formatted(model, template, keys, home.resolve("state"))
                .split(" "));

    ModelOptions served = options.models().getFirst();
    assertThat(served.id()).isEqualTo("small");
    assertThat(served.chatTemplate()).contains(new ChatTemplateSource.Jinja(template));
    assertThat(served.engine())
        .isEqualTo(
            new EngineOptions(
                model,
                Backend.VULKAN,
                4096,
                2,
                7,
                256,
                3,
                6,
                CacheType.Q8_0,
                CacheType.F32,
                false,
                true,
                12,
                Optional.of(true),
                true,
                false,
                false,
                Optional.of(EngineOptions.Pooling.MEAN),
                true));
    var sampling = options.sampling();
    assertThat(sampling.temperature()).isEqualTo(0.5f);
    assertThat(sampling.topK()).isEqualTo(1);
    assertThat(sampling.topP()).isEqualTo(0.25f);
    assertThat(sampling.minP()).isEqualTo(0.125f);
    assertThat(sampling.typicalP()).isEqualTo(0.75f);
    assertThat(sampling.repeatPenalty()).isEqualTo(1.5f);
    assertThat(sampling.repeatLastN()).isEqualTo(-1);
    assertThat(sampling.frequencyPenalty()).isEqualTo(-1.5f);
    assertThat(sampling.presencePenalty()).isEqualTo(1.25f);
    assertThat(options.sampling().seed()).isEqualTo(OptionalLong.of(42));
    assertThat(options.sampling().maxTokens()).isEqualTo(100);
    assertThat(options.host()).isEqualTo("::1");
    assertThat(options.port()).isZero();
    assertThat(options.apiKeys())
        .containsExactly(
            ApiKey.ofUser("key-1", "key-number-one"),
            ApiKey.ofUser("key-2", "key-number-two"),
            ApiKey.ofUser("key-3", "key-from-file"));
    assertThat(options.corsOrigins()).containsExactly("https://example.org");
    assertThat(options.bodyLimitBytes()).isEqualTo(64 << 10);
    assertThat(options.drainMillis()).isEqualTo(1500);
    assertThat(options.stateDir()).isEqualTo(home.resolve("state"));
    assertThat(options.log())
        .isEqualTo(new LogOptions(LogOptions.Format.JSON, LogOptions.Level.DEBUG));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--slots 0|slots",
        "--slots 600 --batch-size 64|slots",
        "--context-size -1|context-size",
        "--temperature -0.1|temperature",
        "--temperature NaN|temperature",
        "--top-p 1.5|top-p",
        "--max-tokens 0|max-tokens",
        "--threads 0|threads",
        "--api-key short|api-key",
        "--cors-origin example.org|cors-origin",
        "--body-limit 2GiB|body-limit",
        "--body-limit 12XB|body-limit",
        "--drain-timeout 25h|drain-timeout",
        "--drain-timeout soon|drain-timeout",
        "--cache-type-k q4|cache-type-k",
        "--model missing.gguf|model",
        "--model a=MODEL --model a=MODEL|model",
        "--chat-template none/such.jinja|chat-template",
        "--api-key-file none|api-key-file",
      })
  void refusesByOptionAndOrigin(String line, String option) {
    String flags = (line.contains("--model") ? line : line + " --model MODEL");

    assertThatThrownBy(
            () -> assemble(Map.of(), flags.replace("MODEL", model.toString()).split(" ")))
        .isInstanceOfSatisfying(
            OptionException.class, e -> assertThat(e.option()).isEqualTo(option))
        .hasMessageStartingWith("--" + option + " (flag): ");
  }

  @Test
  void enginesShareTheThreadsAndNeverExceedTheProcessors() throws IOException {
    Path other = Files.createFile(home.resolve("other.gguf"));
    NodeOptions options =
        assemble(
            Map.of(),
            "--model",
            model.toString(),
            "--model",
            other.toString(),
            "--threads",
            "99",
            "--threads-batch",
            "5");

    assertThat(options.models())
        .extracting(served -> served.engine().threads())
        .containsExactly(4, 4);
    assertThat(options.models())
        .extracting(served -> served.engine().batchThreads())
        .containsExactly(2, 2);
  }

  @Test
  void servesTheDemoModelOnOneThreadUnlessToldOtherwise() throws IOException {
    assertThat(assemble(Map.of()).models()).isEmpty();
    Path folder = Files.createDirectories(home.resolve("installation/conf/models"));
    Path file = Files.createFile(folder.resolve("flotilla-demo.gguf"));

    assertThat(assemble(Map.of()).models())
        .singleElement()
        .satisfies(served -> {
          assertThat(served.id()).isEqualTo("flotilla-demo");
          assertThat(served.engine().model()).isEqualTo(file);
          assertThat(served.engine().threads()).isEqualTo(1);
          assertThat(served.engine().batchThreads()).isEqualTo(1);
        });
    assertThat(assemble(Map.of(), "--threads", "3").models().getFirst().engine().threads())
        .isEqualTo(3);
    assertThat(assemble(Map.of(), "--model", model.toString()).models())
        .singleElement()
        .satisfies(served -> assertThat(served.engine().model()).isEqualTo(model));
  }

  @Test
  void findsModelsByNameInTheModelsFolder() throws IOException {
    Path folder = Files.createDirectory(home.resolve("models"));
    Path part = Files.createFile(folder.resolve("big-00001-of-00002.gguf"));

    NodeOptions options =
        assemble(Map.of(), "--models-dir", folder.toString(), "--model", "big-00001-of-00002");

    assertThat(options.models().getFirst().engine().model()).isEqualTo(part);
    assertThat(options.models().getFirst().id()).isEqualTo("big");
  }

  @Test
  void anEmptyKeyFileDoesNotLetEveryoneIn() throws IOException {
    Path keys = Files.writeString(home.resolve("keys"), "# none yet\n");

    assertThatThrownBy(() -> assemble(Map.of(), "--api-key-file", keys.toString()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("holds no key");
  }

  @Test
  void showsNoSecrets() {
    String key = "correct-horse-battery";
    String[] flags = {"--api-key", key};

    assertThat(load(Map.of(), flags).print()).doesNotContain(key).contains("****");
    assertThat(assemble(Map.of(), flags).toString()).doesNotContain(key);
  }

  private NodeOptions assemble(Map<String, String> environment, String... flags) {
    return TestingHost.assemble(home, environment, flags);
  }

  private EffectiveSettings load(Map<String, String> environment, String... flags) {
    return TestingHost.load(home, environment, flags);
  }
}
