package dev.flotilla.chat;

import dev.flotilla.chat.jinja.JinjaException;
import dev.flotilla.chat.jinja.JinjaTemplate;
import dev.flotilla.chat.jinja.Limits;
import dev.flotilla.chat.jinja.TemplateFeatures;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A published Jinja template, rendered as Hugging Face's {@code apply_chat_template} renders it.
 */
public final class JinjaChatTemplate implements ChatTemplate {

  /** The format that a model without a template of its own most likely understands. */
  private static final String CHATML =
      "{%- for message in messages -%}{{ '<|im_start|>' + message.role + '\\n' + message.content +"
          + " '<|im_end|>\\n' }}{%- endfor -%}{%- if add_generation_prompt -%}{{"
          + " '<|im_start|>assistant\\n' }}{%- endif -%}";

  private final String name;
  private final String source;
  private final JinjaTemplate template;
  private final String bosToken;
  private final String eosToken;
  private final ToolStyle toolStyle;

  private JinjaChatTemplate(
      String name, String source, JinjaTemplate template, String bosToken, String eosToken) {
    this.name = name;
    this.source = source;
    this.template = template;
    this.bosToken = bosToken;
    this.eosToken = eosToken;
    this.toolStyle =
        new ToolStyle(
            ToolFormat.of(source),
            TemplateFeatures.of(template).systemRole(),
            takesParsedArguments(template));
  }

  /** Whether arguments that are an object reach the prompt as JSON; else they must be its text. */
  private static boolean takesParsedArguments(JinjaTemplate template) {
    Object function = Map.of("name", "probe", "arguments", Map.of("flotilla", "probe"));
    Object call = Map.of("id", "call00000", "type", "function", "function", function);
    Map<String, @Nullable Object> context = new HashMap<>();
    context.put(
        "messages",
        List.of(
            Map.of("role", "user", "content", "Hello"),
            Map.of("role", "assistant", "content", "", "tool_calls", List.of(call))));
    Object described = Map.of("name", "probe", "description", "", "parameters", Map.of());
    context.put("tools", List.of(Map.of("type", "function", "function", described)));
    context.put("documents", null);
    context.put("add_generation_prompt", false);
    context.put("bos_token", "");
    context.put("eos_token", "");
    try {
      String prompt = template.render(context, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
      return prompt.replace(" ", "").contains("\"flotilla\":\"probe\"");
    } catch (JinjaException e) {
      return false;
    }
  }

  /**
   * Compiles a template.
   *
   * @param name where it came from
   * @param source its Jinja text
   * @param bosToken the text of the model's begin-of-text token; empty if it has none
   * @param eosToken the text of the model's end-of-text token; empty if it has none
   * @throws ChatException {@link ChatFailure#TEMPLATE} if it does not compile
   */
  public static JinjaChatTemplate compile(
      String name, String source, String bosToken, String eosToken) {
    try {
      return new JinjaChatTemplate(
          name, source, JinjaTemplate.compile(source, Limits.DEFAULT), bosToken, eosToken);
    } catch (JinjaException e) {
      throw new ChatException(
          ChatFailure.TEMPLATE, "chat template " + name + ": " + e.getMessage());
    }
  }

  /** ChatML, for models that bring no template. */
  public static JinjaChatTemplate chatMl() {
    return compile("chatml", CHATML, "", "");
  }

  @Override
  public String render(ChatPrompt prompt) {
    Map<String, @Nullable Object> context = new HashMap<>(prompt.variables());
    context.put("messages", prompt.messages());
    context.put("tools", prompt.tools().isEmpty() ? null : prompt.tools());
    context.putIfAbsent("documents", null);
    context.put("add_generation_prompt", prompt.addGenerationPrompt());
    context.put("bos_token", bosToken);
    context.put("eos_token", eosToken);
    try {
      return template.render(context, Clock.system(ZoneId.systemDefault()));
    } catch (JinjaException e) {
      throw new ChatException(
          e.kind() == JinjaException.Kind.RAISED ? ChatFailure.REFUSED : ChatFailure.TEMPLATE,
          "chat template " + name + ": " + e.getMessage());
    }
  }

  /** Its Jinja text. */
  public String source() {
    return source;
  }

  /** The text of the model's begin-of-text token; empty if it has none. */
  public String bosToken() {
    return bosToken;
  }

  /** The text of the model's end-of-text token; empty if it has none. */
  public String eosToken() {
    return eosToken;
  }

  @Override
  public ToolStyle toolStyle() {
    return toolStyle;
  }

  @Override
  public String name() {
    return name;
  }
}
