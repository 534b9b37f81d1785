package dev.flotilla.chat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.chat.ChatPrompt;
import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.ToolStyle;
import dev.flotilla.chat.jinja.TestJson;
import dev.flotilla.chat.schema.GbnfMatcher;
import dev.flotilla.chat.tools.ToolCallParser.Part;
import dev.flotilla.gguf.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The formats of published templates, and that what is written in one is read back. */
class ToolFormatTest {
  private static final long SEED = Long.getLong("flotilla.seed", System.nanoTime());
  private static final Map<String, Object> CITY =
      TestJson.parseObject(
          """
          {"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},
           "required":["city"],"additionalProperties":false}
          """);
  private static final List<Tool> TOOLS = List.of(tool("weather", CITY), tool("time", CITY));

  private static Tool tool(String name, Map<String, Object> parameters) {
    Map<String, Object> function =
        Map.of("name", name, "description", "About a city", "parameters", parameters);
    return new Tool(name, parameters, Map.of("type", "function", "function", function));
  }

  @ParameterizedTest
  @CsvSource({
    "Qwen-Qwen2.5-7B-Instruct, HERMES, true",
    "Qwen-Qwen3-0.6B, HERMES, true",
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use, HERMES, true",
    "ibm-granite-granite-4.0, HERMES, true",
    "meta-llama-Llama-3.1-8B-Instruct, LLAMA, true",
    "meta-llama-Llama-3.2-3B-Instruct, LLAMA, true",
    "meta-llama-Llama-3.3-70B-Instruct, LLAMA, true",
    "mistralai-Mistral-Nemo-Instruct-2407, MISTRAL, true",
    "unsloth-mistral-Devstral-Small-2507, MISTRAL_ARGS, true",
    "GLM-4.6, GENERIC, false",
    "StepFun3.5-Flash, GENERIC, false",
    "google-gemma-2-2b-it, GENERIC, false",
  })
  void publishedTemplatesShowPastCallsInTheirFormat(
      String file, ToolFormat format, boolean readsBack) throws IOException {
    JinjaChatTemplate template = published(file);
    assertThat(template.toolStyle().format()).isEqualTo(format);

    ChatPrompt adapted = ToolPrompt.adapt(conversation(), template.toolStyle());
    String prompt = template.render(adapted);
    assertThat(prompt).contains("weather").contains("Oslo").contains("-4 degrees");
    if (readsBack) {
      String answer = prompt.substring(prompt.lastIndexOf("Ahoy") + 4);
      assertThat(calls(format, format == ToolFormat.LLAMA ? fromBrace(answer) : answer))
          .anySatisfy(call -> {
            assertThat(call.name()).isEqualTo("weather");
            assertThat(TestJson.parse(call.arguments())).isEqualTo(Map.of("city", "Oslo"));
          });
    }
  }

  private static String fromBrace(String text) {
    return text.substring(text.indexOf("{\"name\": \"weather\""));
  }

  private static JinjaChatTemplate published(String file) throws IOException {
    String json = Files.readString(SharedFiles.require("data/chat-templates/" + file + ".json"));
    Map<String, ?> fields = TestJson.parseObject(json);
    return JinjaChatTemplate.compile(file, String.valueOf(fields.get("template")), "<s>", "</s>");
  }

  private static ChatPrompt conversation() {
    Map<String, Object> function = Map.of("name", "weather", "arguments", Map.of("city", "Oslo"));
    Map<String, Object> call = Map.of("id", "call00000", "type", "function", "function", function);
    return new ChatPrompt(
        List.of(
            Map.of("role", "user", "content", "Ahoy"),
            Map.of("role", "assistant", "content", "", "tool_calls", List.of(call)),
            Map.of("role", "tool", "tool_call_id", "call00000", "content", "-4 degrees")),
        List.of(TOOLS.getFirst().definition()),
        true,
        Map.of());
  }

  @Test
  void aTemplateWithoutToolsIsToldOfThemInWords() {
    JinjaChatTemplate chatMl = JinjaChatTemplate.chatMl();
    ChatPrompt adapted = ToolPrompt.adapt(conversation(), chatMl.toolStyle());

    assertThat(chatMl.toolStyle()).isEqualTo(new ToolStyle(ToolFormat.GENERIC, true, false));
    assertThat(adapted.tools()).isEmpty();
    assertThat(adapted.messages().stream().map(message -> message.get("role")))
        .containsExactly("system", "user", "assistant", "user");
    assertThat(chatMl.render(adapted))
        .contains("<tools>\n{")
        .contains("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}")
        .contains("<tool_response>\n-4 degrees\n</tool_response>");
  }

  @ParameterizedTest
  @EnumSource(ToolFormat.class)
  void whatAGrammarForcesIsReadBack(ToolFormat format) {
    GbnfMatcher one =
        new GbnfMatcher(ToolGrammar.gbnf(format, TOOLS.subList(0, 1), false, Optional.empty()));
    GbnfMatcher several = new GbnfMatcher(ToolGrammar.gbnf(format, TOOLS, true, Optional.empty()));
    for (int i = 0; i < 200; i++) {
      Random random = new Random(SEED + i);
      String single = one.sample(random, 20);
      assertThat(calls(format, single)).as("seed %d: %s", SEED + i, single).hasSize(1);
      assertThat(content(format, single)).as("seed %d: %s", SEED + i, single).isEmpty();
      String many = several.sample(random, 20);
      assertThat(calls(format, many)).as("seed %d: %s", SEED + i, many).isNotEmpty();
      assertThat(content(format, many)).as("seed %d: %s", SEED + i, many).isEmpty();
    }
  }

  @Test
  void aGrammarMayOfferAnotherAnswer() {
    Map<String, Object> number = Map.of("type", "integer");
    GbnfMatcher grammar =
        new GbnfMatcher(ToolGrammar.gbnf(ToolFormat.HERMES, TOOLS, true, Optional.of(number)));

    assertThat(grammar.matches("12")).isTrue();
    assertThat(
            grammar.matches(
                "<tool_call>\n{\"name\": \"time\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>"))
        .isTrue();
    assertThat(
            grammar.matches("<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>"))
        .isFalse();
  }

  private static List<ToolCall> calls(ToolFormat format, String answer) {
    List<ToolCall> calls = new ArrayList<>();
    for (Part part : parts(format, answer)) {
      if (part instanceof Part.Call(ToolCall call)) {
        calls.add(call);
      }
    }
    return calls;
  }

  private static String content(ToolFormat format, String answer) {
    StringBuilder content = new StringBuilder();
    for (Part part : parts(format, answer)) {
      if (part instanceof Part.Content(String text)) {
        content.append(text);
      }
    }
    return content.toString();
  }

  private static List<Part> parts(ToolFormat format, String answer) {
    ToolCallParser parser = new ToolCallParser(format, Set.of("weather", "time"));
    List<Part> parts = new ArrayList<>(parser.add(answer));
    parts.addAll(parser.finish());
    return parts;
  }
}
