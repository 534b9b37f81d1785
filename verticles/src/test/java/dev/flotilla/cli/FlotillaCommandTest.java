package dev.flotilla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.TestingApiServer;
import dev.flotilla.federation.Stickiness;
import dev.flotilla.node.GatewayOptions;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class FlotillaCommandTest {

  @TempDir private Path home;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<NodeOptions> ran = new ArrayList<>();

  @Test
  void runStartsANodeWithItsOptions() {
    String model = Repository.models().resolve("stories260K.gguf").toString();

    assertThat(execute("run", "--model", "tiny=" + model, "--address", ":0")).isEqualTo(7);
    assertThat(ran).singleElement().extracting(NodeOptions::host).isEqualTo("0.0.0.0");
    assertThat(ran.getFirst().models().getFirst().id()).isEqualTo("tiny");
  }

  @Test
  void federatedIsAGatewayOfASwarmWithoutModels() {
    assertThat(execute("federated", "--routing", "least-loaded", "--link-port", "7")).isEqualTo(7);
    NodeOptions options = ran.getFirst();
    assertThat(options.models()).isEmpty();
    assertThat(options.swarm()).isPresent();
    assertThat(options.gateway())
        .contains(new GatewayOptions("least-loaded", Map.of(), Stickiness.OFF));

    assertThat(execute("federated", "--model", "any.gguf")).isEqualTo(2);
    assertThat(execute("federated", "--routing", "luck")).isEqualTo(2);
    assertThat(err.toString()).contains("no routing policy is called 'luck'");
  }

  @Test
  void runRoutesWhereItIsTold() {
    assertThat(execute("run", "--federated")).isEqualTo(7);
    assertThat(ran.getFirst().swarm()).isPresent();
    assertThat(ran.getFirst().gateway())
        .contains(new GatewayOptions("predicted", Map.of(), Stickiness.OFF));
    assertThat(execute("run", "--p2p")).isEqualTo(7);
    assertThat(ran.getLast().gateway()).isEmpty();
  }

  @Test
  void printConfigStartsNothing() {
    assertThat(execute("run", "--print-config", "--slots", "3")).isZero();
    assertThat(out.toString()).containsPattern("slots +3 +flag");
    assertThat(ran).isEmpty();
  }

  @Test
  void wrongOptionsHaveTheirOwnStatus() {
    assertThat(execute("run", "--slots", "none")).isEqualTo(2);
    assertThat(err.toString()).contains("--slots (flag): 'none' is not a whole number");
    assertThat(execute("run", "--slotz", "1")).isEqualTo(2);
    assertThat(execute()).isEqualTo(2);
    assertThat(ran).isEmpty();
  }

  @Test
  void anOptionThatTheNodeRefusesIsReportedAlike() {
    CommandLine command =
        FlotillaCommand.commandLine(
            host(),
            _ -> {
              throw new OptionException("address", "the address is taken");
            });
    command.setErr(new PrintWriter(err));

    assertThat(command.execute("run")).isEqualTo(2);
    assertThat(err.toString()).contains("the address is taken");
  }

  @Test
  void doctorFailsWhenAModelIsBroken() throws IOException {
    Path broken = java.nio.file.Files.writeString(home.resolve("broken.gguf"), "GGUFnot");

    assertThat(execute("doctor", "--model", broken.toString(), "--address", "127.0.0.1:0"))
        .isEqualTo(1);
    assertThat(out.toString()).containsPattern("FAIL +model broken").containsPattern("ok +Java");
  }

  @Test
  void modelsListsAndInspects() {
    String folder = Repository.models().toString();

    assertThat(execute("models", "list", "--models-dir", folder)).isZero();
    assertThat(out.toString()).containsPattern("stories260K +llama +F32");
    assertThat(execute("models", "inspect", "stories260K", "--models-dir", folder)).isZero();
    assertThat(out.toString()).containsPattern("layers +5").containsPattern("vocabulary +512");
    assertThat(execute("models", "inspect", "none", "--models-dir", folder)).isEqualTo(2);
  }

  @Test
  void benchPrintsJson() throws IOException {
    try (TestingApiServer server = TestingApiServer.answering("a", "b")) {
      int status =
          execute(
              "bench", "--url", server.url(), "--concurrency", "2", "--repetitions=1", "--json");

      assertThat(status).isZero();
      assertThat(out.toString()).contains("\"concurrency\" : 2").contains("generation_rate");
      assertThat(execute("bench", "--url", server.url(), "--concurrency", "0")).isEqualTo(2);
      assertThat(execute("bench", "--url", server.url(), "--model", "other")).isEqualTo(1);
    }
  }

  @Test
  void completionKnowsCommandsAndFlags() {
    assertThat(execute("completion")).isZero();
    assertThat(out.toString()).contains("--context-size", "inspect", "bench");
  }

  @Test
  void versionNamesFlotillaAndJava() {
    assertThat(execute("version")).isZero();
    assertThat(out.toString()).startsWith("flotilla ").contains("java " + Runtime.version());
  }

  private int execute(String... arguments) {
    CommandLine command =
        FlotillaCommand.commandLineFor(
            arguments,
            host(),
            options -> {
              ran.add(options);
              return 7;
            });
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int status = command.execute(arguments);
    command.getOut().flush();
    command.getErr().flush();
    return status;
  }

  private Host host() {
    return new Host(Map.of(), home, Optional.empty(), 2, 2);
  }
}
