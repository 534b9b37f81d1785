package dev.flotilla.chat.jinja;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a chat template can express, for a person to read: found by rendering small conversations,
 * and where an input has no agreed form, by what the template mentions.
 *
 * @param systemRole whether a system message reaches the prompt
 * @param tools whether the definition of a tool reaches the prompt
 * @param thinking whether it knows of reasoning: a switch for it, or a message's reasoning text
 * @param multimodal whether it knows of message parts other than text
 */
public record TemplateFeatures(
    boolean systemRole, boolean tools, boolean thinking, boolean multimodal) {
  private static final String MARK = "flotilla_probe";
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final Set<String> THINKING_WORDS =
      Set.of(
          "enable_thinking",
          "thinking",
          "thinking_budget",
          "reasoning",
          "reasoning_content",
          "reasoning_effort");
  private static final Set<String> MEDIA_WORDS =
      Set.of("image", "image_url", "images", "audio", "input_audio", "video");

  /**
   * What it can, in words: {@code system role}, {@code tools}, {@code thinking}, {@code images or
   * sound}.
   */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    if (systemRole) {
      names.add("system role");
    }
    if (tools) {
      names.add("tools");
    }
    if (thinking) {
      names.add("thinking");
    }
    if (multimodal) {
      names.add("images or sound");
    }
    return names;
  }

  /** Examines {@code template}; its failures on an example only mean that it lacks the feature. */
  public static TemplateFeatures of(JinjaTemplate template) {
    Words words = new Words();
    words.walk(template.template().body());
    return new TemplateFeatures(
        rendersMark(template, List.of(message("system", MARK), message("user", "Hello")), null),
        words.contains(Set.of("tools"))
            && rendersMark(template, List.of(message("user", "Hello")), List.of(tool())),
        words.contains(THINKING_WORDS) || words.hasThinkTag,
        words.contains(MEDIA_WORDS));
  }

  private static boolean rendersMark(
      JinjaTemplate template, List<Object> messages, @Nullable Object tools) {
    Map<String, @Nullable Object> context = new HashMap<>();
    context.put("messages", messages);
    context.put("tools", tools);
    context.put("documents", null);
    context.put("add_generation_prompt", true);
    context.put("bos_token", "");
    context.put("eos_token", "");
    try {
      return template.render(context, CLOCK).contains(MARK);
    } catch (JinjaException refused) {
      return false;
    }
  }

  private static Object message(String role, String content) {
    return Map.of("role", role, "content", content);
  }

  private static Object tool() {
    Map<String, Object> city = Map.of("type", "string", "description", "A city");
    Map<String, Object> parameters =
        Map.of("type", "object", "properties", Map.of("city", city), "required", List.of("city"));
    return Map.of(
        "type",
        "function",
        "function",
        Map.of("name", MARK, "description", "A probe", "parameters", parameters));
  }

  /** The variables, attributes and whole string literals that a template mentions. */
  private static final class Words extends TreeWalker {
    private final Set<String> words = new HashSet<>();
    private boolean hasThinkTag;

    boolean contains(Set<String> wanted) {
      for (String word : wanted) {
        if (words.contains(word)) {
          return true;
        }
      }
      return false;
    }

    private void text(String text) {
      hasThinkTag |= text.contains("<think>");
    }

    @Override
    public Visited name(Expression.Name node) {
      words.add(node.name());
      return super.name(node);
    }

    @Override
    public Visited attribute(Expression.Attribute node) {
      words.add(node.name().text());
      return super.attribute(node);
    }

    @Override
    public Visited constant(Expression.Constant node) {
      if (node.value() instanceof StringValue string) {
        words.add(string.text());
        text(string.text());
      }
      return super.constant(node);
    }

    @Override
    public Visited text(Statement.Text node) {
      text(node.text());
      return super.text(node);
    }
  }
}
