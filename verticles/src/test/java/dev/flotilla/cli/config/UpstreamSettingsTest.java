package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.auth.SelfSignedCertificate;
import dev.flotilla.node.upstream.UpstreamAddress;
import dev.flotilla.node.upstream.UpstreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of servers that are no members. */
class UpstreamSettingsTest {
  @TempDir private Path home;

  @Test
  void upstreamsGetTheirKeysFromVariablesAndFilesAndShowThemNowhere() throws IOException {
    Path keys = Files.writeString(home.resolve("upstream-keys"), "# theirs\nb from-file\nlab no\n");
    UpstreamOptions upstreams =
        assemble(
                Map.of(
                    "FLOTILLA_UPSTREAM", "lab=https://llm.example.org/v1,b=http://box:1",
                    "FLOTILLA_UPSTREAM_KEY_LAB", "from-variable"),
                "--upstream-key-file",
                keys.toString(),
                "--upstream-timeout",
                "30s")
            .upstreams();
    assertThat(upstreams.silenceMillis()).isEqualTo(30_000);
    assertThat(upstreams.servers())
        .extracting(UpstreamAddress::name, UpstreamAddress::key)
        .containsExactly(
            tuple("lab", Optional.of("from-variable")), tuple("b", Optional.of("from-file")));
    assertThat(upstreams.toString()).doesNotContain("from-");
    assertThatThrownBy(() -> assemble(Map.of(), "--upstream", "a=http://u:pw@box"))
        .isInstanceOf(OptionException.class)
        .message()
        .contains("--upstream")
        .doesNotContain("pw");
    assertThatThrownBy(
            () -> assemble(Map.of(), "--upstream", "a=http://x", "--upstream", "a=http://y"))
        .hasMessageContaining("two upstreams are called 'a'");
    Files.writeString(keys, "b one two\n");
    assertThatThrownBy(() -> assemble(Map.of(), "--upstream-key-file", keys.toString()))
        .hasMessageContaining("line 1")
        .message()
        .doesNotContain("one");
  }

  @Test
  void upstreamsAreBelievedByTheirOwnAuthorities() throws Exception {
    SelfSignedCertificate.in(home, Set.of("llm.lab"), Set.of(), Instant.now());
    String file = home.resolve("certificate.pem").toString();
    Path empty = Files.createFile(home.resolve("empty.pem"));
    String lab = "lab=https://llm.lab";
    String other = "b=http://box:1";
    assertThat(
            assemble(
                    Map.of(),
                    "--upstream",
                    lab,
                    "--upstream",
                    other,
                    "--upstream-ca",
                    "lab=" + file)
                .upstreams()
                .servers())
        .extracting(each -> each.authorities().size())
        .containsExactly(1, 0);
    for (String wrong :
        List.of("lab", "lab=", "=" + file, "c=" + file, "lab=" + empty, "b=" + file)) {
      assertThatThrownBy(() ->
              assemble(Map.of(), "--upstream", lab, "--upstream", other, "--upstream-ca", wrong))
          .as(wrong)
          .isInstanceOf(OptionException.class)
          .hasMessageContaining("--upstream-ca");
    }
  }

  private NodeOptions assemble(Map<String, String> environment, String... flags) {
    return TestingHost.assemble(home, environment, flags);
  }
}
