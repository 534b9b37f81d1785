package dev.flotilla.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedDecoderTest {

  private static final String BODY =
      """
      5
      hello
      1a;name=value
      , this is twenty-six bytes
      0
      Trailer: x

      """
          .replace("\n", "\r\n");
  private static final String CONTENT = "hello, this is twenty-six bytes";

  @Test
  void decodesHoweverTheBodyIsCut() throws IOException {
    for (int piece = 1; piece <= BODY.length(); piece++) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      ChunkedDecoder decoder =
          new ChunkedDecoder((b, from, to) -> content.write(b, from, to - from));
      byte[] bytes = bytes(BODY);
      for (int at = 0; at < bytes.length; at += piece) {
        decoder.accept(bytes, at, Math.min(bytes.length, at + piece));
      }
      assertThat(content.toString(StandardCharsets.US_ASCII)).isEqualTo(CONTENT);
      assertThat(decoder.isDone()).isTrue();
    }
  }

  @Test
  void leavesWhatFollowsTheBody() throws IOException {
    byte[] bytes = bytes(BODY + "HTTP/1.1 200");

    assertThat(new ChunkedDecoder((_, _, _) -> {}).accept(bytes, 0, bytes.length))
        .isEqualTo(BODY.length());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "x\r\n", "-1\r\n", "123456789\r\n", "2\r\nabc\r\n"})
  void refusesBrokenFraming(String body) {
    byte[] bytes = bytes(body);

    assertThatThrownBy(() -> new ChunkedDecoder((_, _, _) -> {}).accept(bytes, 0, bytes.length))
        .isInstanceOf(IOException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
