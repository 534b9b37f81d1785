package dev.flotilla.chat;

/** Why a conversation could not become a prompt, or a schema a grammar. */
public enum ChatFailure {
  /** The template refuses this conversation on purpose (roles out of order, say). */
  REFUSED,
  /** A message has a form that templates do not take. */
  INVALID_MESSAGE,
  /** The template itself is at fault: wrong syntax, or outside the supported language. */
  TEMPLATE,
  /** A JSON schema is wrong, or says what no grammar can. */
  SCHEMA
}
