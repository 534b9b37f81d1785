package dev.flotilla.chat;

import java.util.List;

/** How a model writes the calls of tools into its answer, and is told of them. */
public enum ToolFormat {
  /** {@code <tool_call>{"name":…,"arguments":…}</tool_call>}: Hermes, Qwen, Granite. */
  HERMES,
  /** The whole answer is {@code {"name":…,"parameters":…}}: Llama 3. */
  LLAMA,
  /** {@code [TOOL_CALLS][{"name":…,"arguments":…}]}: Mistral up to Nemo. */
  MISTRAL,
  /** {@code [TOOL_CALLS]name[ARGS]{…}}: Mistral's later models. */
  MISTRAL_ARGS,
  /**
   * The template knows no tools, or a format that is none of these: the tools are described in the
   * system message, and called as in {@link #HERMES}.
   */
  GENERIC;

  /**
   * What frames a call. In some vocabularies these are special tokens, which answers don't show
   * unless they are asked for.
   */
  public List<String> markers() {
    return switch (this) {
      case HERMES, GENERIC -> List.of("<tool_call>", "</tool_call>");
      case LLAMA -> List.of("<|python_tag|>");
      case MISTRAL -> List.of("[TOOL_CALLS]");
      case MISTRAL_ARGS -> List.of("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]");
    };
  }

  /** The format that a chat template writes past calls in. */
  static ToolFormat of(String template) {
    if (!template.contains("tools")) {
      return GENERIC;
    }
    if (template.contains("[TOOL_CALLS]")) {
      return template.contains("[ARGS]") ? MISTRAL_ARGS : MISTRAL;
    }
    // Others put XML, not JSON, between the same tags.
    if (template.contains("<tool_call>")
        && !template.contains("<arg_key>")
        && !template.contains("<function=")) {
      return HERMES;
    }
    boolean llama =
        template.contains("<|start_header_id|>") && template.contains("\"parameters\": ");
    return llama || template.contains("<|python_tag|>") ? LLAMA : GENERIC;
  }
}
