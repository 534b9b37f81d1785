package dev.flotilla.chat;

/** Turns a conversation into the prompt that a model was trained on. Immutable; any thread. */
public interface ChatTemplate {

  /**
   * Renders the prompt.
   *
   * @throws ChatException if the template refuses the conversation or is itself at fault
   */
  String render(ChatPrompt prompt);

  /** Where the template came from, for logs and {@code models inspect}: never null. */
  String name();

  /** How it wants tools and their calls. */
  default ToolStyle toolStyle() {
    return ToolStyle.GENERIC;
  }
}
