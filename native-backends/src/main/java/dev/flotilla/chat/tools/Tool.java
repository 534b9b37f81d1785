package dev.flotilla.chat.tools;

import java.util.Map;

/**
 * A function that a model may call.
 *
 * @param name its name
 * @param parameters the JSON schema of its arguments, an object
 * @param definition its whole description, as the client gave it
 */
public record Tool(String name, Map<String, Object> parameters, Map<String, Object> definition) {}
