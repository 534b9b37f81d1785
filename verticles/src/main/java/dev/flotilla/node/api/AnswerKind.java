package dev.flotilla.node.api;

/** The two shapes of generated answers, and what differs between them in OpenAI's JSON. */
enum AnswerKind {
  CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk", "\"delta\":{\"content\":\"", "\"}"),
  COMPLETION("cmpl-", "text_completion", "text_completion", "\"text\":\"", "\"");

  private final String idPrefix;
  private final String object;
  private final String chunkObject;
  private final String textOpen;
  private final String textClose;

  AnswerKind(
      String idPrefix, String object, String chunkObject, String textOpen, String textClose) {
    this.idPrefix = idPrefix;
    this.object = object;
    this.chunkObject = chunkObject;
    this.textOpen = textOpen;
    this.textClose = textClose;
  }

  /** How answer ids start. */
  String idPrefix() {
    return idPrefix;
  }

  /** The {@code object} of a whole answer. */
  String object() {
    return object;
  }

  /** The {@code object} of a streamed chunk. */
  String chunkObject() {
    return chunkObject;
  }

  /** JSON before the escaped text of a streamed choice. */
  String textOpen() {
    return textOpen;
  }

  /** JSON after it. */
  String textClose() {
    return textClose;
  }
}
