package dev.flotilla.chat.tools;

/**
 * A call that a model has made.
 *
 * @param name the tool
 * @param arguments a JSON object, as the model wrote it
 */
public record ToolCall(String name, String arguments) {}
