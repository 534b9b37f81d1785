package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkWriterTest {

  @ParameterizedTest
  @CsvSource({"CHAT,false", "CHAT,true", "COMPLETION,false", "COMPLETION,true"})
  void writesTheSameAsItsPlainTwin(AnswerKind kind, boolean usage) {
    AnswerHead head = new AnswerHead(kind, "id-1", 1_700_000_000, "a/\"b\"", "flotilla-1");
    ChunkWriter writer = new ChunkWriter(head, 3, usage);
    for (String text : new String[] {"", "a", "\"\\\n\u0001", "wörld 😀", "x".repeat(5_000)}) {
      for (int index = 0; index < 3; index++) {
        Buffer fast = Buffer.buffer();
        Buffer plain = Buffer.buffer();
        writer.text(fast, index, text);
        writer.plainText(plain, index, text);
        assertThat(event(fast)).isEqualTo(event(plain));
        assertThat(event(fast).encode()).isEqualTo(event(plain).encode());
      }
    }
  }

  private static JsonObject event(Buffer buffer) {
    String text = buffer.toString();
    assertThat(text).startsWith("data: {").endsWith("}\n\n");
    return new JsonObject(text.substring("data: ".length()));
  }
}
