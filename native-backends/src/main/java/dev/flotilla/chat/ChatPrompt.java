package dev.flotilla.chat;

import java.util.List;
import java.util.Map;

/**
 * A conversation to render, in the shape that published templates expect.
 *
 * @param messages the turns, oldest first: {@code role}, {@code content} (text, or a list of typed
 *     parts), {@code tool_calls}, … as parsed from JSON: null, Boolean, Number, String, List and
 *     Map
 * @param tools function descriptions as parsed from JSON; empty when there are none
 * @param addGenerationPrompt whether the prompt ends with the start of the assistant's turn
 * @param variables extra template variables ({@code chat_template_kwargs})
 */
public record ChatPrompt(
    List<Map<String, Object>> messages,
    List<Map<String, Object>> tools,
    boolean addGenerationPrompt,
    Map<String, Object> variables) {}
