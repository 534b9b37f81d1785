package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartupBannerTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, ready http://127.0.0.1:8080",
    "0.0.0.0, ready http://127.0.0.1:8080",
    "::, ready http://127.0.0.1:8080",
    "::1, ready http://[::1]:8080",
    "example.org, ready http://example.org:8080",
  })
  void readyLineNamesAnAddressThatCanBeReached(String host, String line) {
    assertThat(StartupBanner.readyLine("http", host, 8080)).isEqualTo(line);
  }

  @Test
  void bannerNamesModelsAndTheNextCommand() {
    assertThat(StartupBanner.text("https", "::1", 1, List.of("a")))
        .contains("https://[::1]:1/v1", "flotilla chat --url https://[::1]:1\n");
    assertThat(StartupBanner.text("https", "::1", 1, List.of("a", "b")))
        .contains("a, b", "--model a");
    assertThat(StartupBanner.text("https", "::1", 1, List.of()))
        .contains("--model FILE", "/health");
  }
}
