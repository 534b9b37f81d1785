package dev.flotilla.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiBaseTest {

  @ParameterizedTest
  @CsvSource({
    "localhost:8080, http://localhost:8080/v1/models, 8080",
    "http://h/, http://h/v1/models, 80",
    "https://h/api/v1/, https://h/api/v1/models, 443",
    "http://[::1]:9/v1, http://[::1]:9/v1/models, 9",
  })
  void readsUrlsAsPeopleWriteThem(String url, String models, int port) {
    ApiBase api = ApiBase.of(url, Optional.empty());

    assertThat(api.at("/v1/models")).hasToString(models);
    assertThat(api.port()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ftp://h", "http://", "http://a b"})
  void refusesOthers(String url) {
    assertThatThrownBy(() -> ApiBase.of(url, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void doesNotShowTheKey() {
    assertThat(ApiBase.of("http://h", Optional.of("secret-key")).toString())
        .doesNotContain("secret");
  }
}
