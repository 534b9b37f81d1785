package dev.flotilla.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SseScannerTest {

  private static final String STREAM =
      """
      : a comment
      data: one

      event: message\r
      data:two\r
      id: 7\r
      \r
      data: three
      data:  more

      data:



      database: no

      data: héllo 🚢

      data: unfinished
      """;

  private static final List<String> EVENTS = List.of("one", "two", "three\n more", "", "héllo 🚢");

  @Test
  void findsEventsInOnePiece() throws IOException {
    assertThat(events(STREAM.length() * 4)).isEqualTo(EVENTS);
  }

  @Test
  void findsTheSameEventsHoweverTheStreamIsCut() throws IOException {
    for (int piece = 1; piece < 40; piece++) {
      assertThat(events(piece)).as("pieces of %d bytes", piece).isEqualTo(EVENTS);
    }
  }

  @Test
  void refusesAnEventWithoutEnd() {
    SseScanner scanner = new SseScanner((_, _) -> {});
    byte[] piece = new byte[1 << 20];

    assertThatThrownBy(
            () -> {
              for (int i = 0; i <= SseScanner.MAX_EVENT_BYTES / piece.length; i++) {
                scanner.accept(piece, 0, piece.length);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("longer than");
  }

  private static List<String> events(int pieceBytes) throws IOException {
    List<String> events = new ArrayList<>();
    SseScanner scanner =
        new SseScanner(
            (buffer, length) -> events.add(new String(buffer, 0, length, StandardCharsets.UTF_8)));
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < bytes.length; at += pieceBytes) {
      scanner.accept(bytes, at, Math.min(bytes.length, at + pieceBytes));
    }
    return events;
  }
}
