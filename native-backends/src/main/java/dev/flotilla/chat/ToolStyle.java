package dev.flotilla.chat;

/**
 * What a chat template expects of a conversation with tools.
 *
 * @param format how calls are written
 * @param systemRole whether it takes a system message
 * @param parsedArguments whether it wants the arguments of past calls as objects; else as JSON text
 */
public record ToolStyle(ToolFormat format, boolean systemRole, boolean parsedArguments) {

  /** That of a template that knows no tools. */
  public static final ToolStyle GENERIC = new ToolStyle(ToolFormat.GENERIC, true, true);
}
