package dev.flotilla.chat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.tools.ToolCallParser.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ToolCallParserTest {
  private static final long SEED = Long.getLong("flotilla.seed", System.nanoTime());
  private static final Set<String> TOOLS = Set.of("weather", "get.time", "a");

  /** Calls are shown as {@code «name arguments»}. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '\0',
      textBlock =
          """
          HERMES ¦ <tool_call>↵{"name": "weather", "arguments": {"c":"X"}}↵</tool_call> ¦ «weather {"c":"X"}»
          HERMES ¦ Let me see.↵<tool_call>{"name":"a"}</tool_call>↵<tool_call>{"name":"a","arguments":{}}</tool_call>↵Done. ¦ Let me see.«a {}»«a {}»Done.
          HERMES ¦ <tool_call>{"name":"a","arguments":"{\\"x\\":\\"}\\"}"} ¦ «a {"x":"}"}»
          HERMES ¦ <tool_call>{"name":"unknown","arguments":{}}</tool_call> ¦ <tool_call>{"name":"unknown","arguments":{}}</tool_call>
          HERMES ¦ <tool_call>{"name":"a","arguments":[1]}</tool_call> ¦ <tool_call>{"name":"a","arguments":[1]}</tool_call>
          HERMES ¦ <tool_call>{"name":"a","argum ¦ <tool_call>{"name":"a","argum
          HERMES ¦ a < b, <tool> and <tool_cal ¦ a < b, <tool> and <tool_cal
          HERMES ¦ <tool_call><tool_call>{"name":"a"}</tool_call> ¦ <tool_call>«a {}»
          HERMES ¦ {"name":"a","arguments":{}} ¦ {"name":"a","arguments":{}}
          HERMES ¦ <tool_call>{"name":"a"}</tool_ ¦ «a {}»</tool_
          GENERIC ¦ <tool_call>{"name":"a"}</tool_call> ¦ «a {}»
          LLAMA ¦ {"name": "weather", "parameters": {"c": "}"}} ¦ «weather {"c": "}"}»
          LLAMA ¦ {"type":"function","function":{"name":"a","parameters":{}}} ¦ «a {}»
          LLAMA ¦ <|python_tag|>{"name":"a","parameters":{}}; {"name":"get.time","parameters":{}} ¦ «a {}»«get.time {}»
          LLAMA ¦ <|python_tag|>a.call(x=1) ¦ <|python_tag|>a.call(x=1)
          LLAMA ¦ {"colour":"red"} ¦ {"colour":"red"}
          LLAMA ¦ {"name":"Bob","parameters":{}} ¦ {"name":"Bob","parameters":{}}
          LLAMA ¦ So: {"name":"a","parameters":{}} ¦ So: {"name":"a","parameters":{}}
          MISTRAL ¦ [TOOL_CALLS] [{"name": "a", "arguments": {"k":[1]}}, {"name":"weather","arguments":{},"id":"123456789"}] ¦ «a {"k":[1]}»«weather {}»
          MISTRAL ¦ Sure [TOOL_CALLS][{"name":"a"} and ¦ Sure [TOOL_CALLS][{"name":"a"} and
          MISTRAL_ARGS ¦ [TOOL_CALLS]get.time[ARGS]{"z":1}[TOOL_CALLS]a[ARGS]{} ¦ «get.time {"z":1}»«a {}»
          MISTRAL_ARGS ¦ [TOOL_CALLS]a[CALL_ID]123[ARGS]{} ¦ «a {}»
          MISTRAL_ARGS ¦ [TOOL_CALLS]nobody[ARGS]{} ¦ [TOOL_CALLS]nobody[ARGS]{}
          """)
  void tellsCallsFromText(ToolFormat format, String answer, String expected) {
    assertThat(shown(format, List.of(answer.replace('↵', '\n')))).isEqualTo(expected);
  }

  @Test
  void showsTextAsSoonAsItCanBeNoCall() {
    ToolCallParser parser = new ToolCallParser(ToolFormat.HERMES, TOOLS);

    assertThat(parser.add("Hello ")).containsExactly(new Part.Content("Hello"));
    assertThat(parser.add("<tool_")).isEmpty();
    assertThat(parser.add("box>")).containsExactly(new Part.Content(" <tool_box>"));
    assertThat(parser.add("<tool_call>{\"name\":\"a\"")).isEmpty();
    assertThat(parser.add("}")).containsExactly(new Part.Call(new ToolCall("a", "{}")));
  }

  @Test
  void showsAnObjectThatIsNoCallAtItsFirstMember() {
    ToolCallParser parser = new ToolCallParser(ToolFormat.LLAMA, TOOLS);

    assertThat(parser.add("{\"colour\":")).isEmpty();
    assertThat(parser.add("1,")).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(ToolFormat.class)
  void aSplitAnswerIsReadAsAWholeOne(ToolFormat format) {
    for (int i = 0; i < 3_000; i++) {
      Random random = new Random(SEED + i);
      String answer = answer(random);
      List<String> pieces = new ArrayList<>();
      for (int at = 0; at < answer.length(); ) {
        int end = Math.min(answer.length(), at + 1 + random.nextInt(6));
        pieces.add(answer.substring(at, end));
        at = end;
      }
      assertThat(shown(format, pieces))
          .as("seed %d: %s", SEED + i, answer)
          .isEqualTo(shown(format, List.of(answer)));
    }
  }

  @ParameterizedTest
  @EnumSource(ToolFormat.class)
  void anAnswerWithoutCallsComesOutAsItIs(ToolFormat format) {
    for (int i = 0; i < 3_000; i++) {
      String answer = answer(new Random(SEED + i));
      String shown = shown(format, List.of(answer));
      if (shown.indexOf('«') < 0) {
        assertThat(shown).as("seed %d", SEED + i).isEqualTo(answer);
      }
    }
  }

  @Test
  void doesNotHoldMoreThanACall() {
    ToolCallParser parser = new ToolCallParser(ToolFormat.HERMES, TOOLS);
    int shown = 0;
    parser.add("<tool_call>{\"name\":\"a\",\"arguments\":{\"text\":\"");
    for (int i = 0; i < 300; i++) {
      for (Part part : parser.add("x".repeat(1024))) {
        shown += ((Part.Content) part).text().length();
      }
    }
    assertThat(shown).isGreaterThan(ToolCallParser.MAX_CALL_CHARS);
  }

  private static String answer(Random random) {
    List<String> pieces =
        List.of(
            "<tool_call>",
            "</tool_call>",
            "<tool_",
            "{\"name\":\"a\",\"arguments\":{}}",
            "{\"name\": \"weather\", \"parameters\": {\"c\":\"}\\\"\"}}",
            "[TOOL_CALLS]",
            "[ARGS]",
            "a",
            "weather",
            "{\"x\":1}",
            " ",
            "\n",
            ";",
            "[",
            "]",
            "{",
            "}",
            ",",
            "\"",
            "<|python_tag|>",
            "Hello",
            "{\"name\":\"Bob\"}",
            "<",
            "\\");
    StringBuilder answer = new StringBuilder();
    for (int i = random.nextInt(8); i >= 0; i--) {
      answer.append(pieces.get(random.nextInt(pieces.size())));
    }
    return answer.toString();
  }

  private static String shown(ToolFormat format, List<String> pieces) {
    ToolCallParser parser = new ToolCallParser(format, TOOLS);
    List<Part> parts = new ArrayList<>();
    pieces.forEach(piece -> parts.addAll(parser.add(piece)));
    parts.addAll(parser.finish());
    StringBuilder shown = new StringBuilder();
    for (Part part : parts) {
      shown.append(
          switch (part) {
            case Part.Content(String text) -> text;
            case Part.Call(ToolCall call) -> "«" + call.name() + " " + call.arguments() + "»";
          });
    }
    return shown.toString();
  }
}
