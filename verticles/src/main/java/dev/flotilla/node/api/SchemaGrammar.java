package dev.flotilla.node.api;

import java.util.Map;

/** Turns a JSON schema into a grammar that only matching JSON satisfies. Any thread. */
@FunctionalInterface
public interface SchemaGrammar {

  /**
   * The grammar of a schema.
   *
   * @param schema a JSON schema as parsed from JSON; {@code {"type":"object"}} for any object
   * @return GBNF text
   * @throws dev.flotilla.chat.ChatException if the schema is wrong or outside what is supported
   */
  String gbnf(Map<String, Object> schema);
}
