package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.OptionException;
import dev.flotilla.node.api.ApiKey;
import dev.flotilla.node.api.ApiRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeyFileTest {
  @TempDir private Path folder;

  private List<ApiKey> read(String text) throws IOException {
    return ApiKeyFile.read(Files.writeString(folder.resolve("keys"), text), 3);
  }

  @Test
  void readsKeysAndHashesWithNamesRolesAndLimits() throws IOException {
    String hash = ApiKey.hash("a-hashed-key");
    assertThat(
            read(
                """
                # plain
                first-plain-key

                  second-plain-key\tname=bob role=read-only
                sha256:%s name=ci role=admin requests-per-minute=30 tokens-per-minute=20000
                """
                    .formatted(hash.toUpperCase(java.util.Locale.ROOT))))
        .containsExactly(
            ApiKey.ofUser("key-3", "first-plain-key"),
            new ApiKey(
                "bob",
                ApiKey.hash("second-plain-key"),
                ApiRole.READ_ONLY,
                OptionalInt.empty(),
                OptionalInt.empty()),
            new ApiKey("ci", hash, ApiRole.ADMIN, OptionalInt.of(30), OptionalInt.of(20_000)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "short|at least 8 visible",
        "secret-key and more|after the key come",
        "secret-key color=red|after the key come",
        "secret-key role=king|read-only, user, admin",
        "secret-key role=user role=user|role is there twice",
        "secret-key name=a/b|letters, digits",
        "secret-key name=anonymous|is taken",
        "secret-key requests-per-minute=0|between 1 and",
        "secret-key tokens-per-minute=many|whole number",
        "sha256:secret-key|64 hexadecimal digits",
      })
  void refusesByLineAndTellsNoKey(String line, String problem) {
    assertThatThrownBy(() -> read("# one\n" + line + "\n"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining(folder.resolve("keys") + ", line 2: ")
        .hasMessageContaining(problem)
        .message()
        .doesNotContain("secret-key");
  }
}
