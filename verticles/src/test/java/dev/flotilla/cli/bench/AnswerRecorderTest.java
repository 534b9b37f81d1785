package dev.flotilla.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerRecorderTest {

  private static final String USAGE =
      "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}";

  @Test
  void countsEventsThatCarryText() throws IOException {
    Answer answer =
        record(
            false,
            "{\"choices\":[{\"text\":\" was\",\"finish_reason\":null}],\"usage\":null}",
            "{\"choices\":[{\"text\": \"\\\"\"}]}",
            "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}",
            USAGE,
            "[DONE]");

    assertThat(answer.textNanos()).hasSize(2).isSorted();
    assertThat(answer.promptTokens()).isEqualTo(7);
    assertThat(answer.cachedTokens()).isEqualTo(2);
    assertThat(answer.completionTokens()).isEqualTo(3);
    assertThat(answer.endNanos()).isGreaterThanOrEqualTo(answer.textNanos()[1]);
  }

  @Test
  void countsChatDeltasAndReasoning() throws IOException {
    Answer answer =
        record(
            true,
            "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}",
            "{\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm\"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}",
            "{\"choices\":[{\"delta\":{}}]}",
            USAGE);

    assertThat(answer.textNanos()).hasSize(2);
  }

  @Test
  void keepsMoreEventsThanItsFirstBuffer() throws IOException {
    AnswerRecorder recorder = new AnswerRecorder(false);
    for (int i = 0; i < 1000; i++) {
      feed(recorder, "{\"text\":\"x\"}");
    }
    feed(recorder, USAGE);

    assertThat(recorder.finish().textNanos()).hasSize(1000).isSorted();
  }

  @Test
  void refusesAnswersWithoutUsageAndBrokenOnes() {
    assertThatThrownBy(() -> record(false, "{\"text\":\"x\"}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("usage");
    assertThatThrownBy(() -> record(false, "{\"error\":{\"message\":\"lost\"}}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lost");
  }

  private static Answer record(boolean chat, String... events) throws IOException {
    AnswerRecorder recorder = new AnswerRecorder(chat);
    for (String event : List.of(events)) {
      feed(recorder, event);
    }
    return recorder.finish();
  }

  private static void feed(AnswerRecorder recorder, String event) throws IOException {
    byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
    recorder.event(bytes, bytes.length);
  }
}
