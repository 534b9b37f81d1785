package dev.flotilla.engine;

import java.util.Optional;

/** What a model can't answer, told before it takes a slot. */
final class RequestCheck {
  private RequestCheck() {}

  /**
   * Why a request can't be answered by a model, whatever else it has to do.
   *
   * @param prompt the request's prompt, tokenised
   */
  static Optional<EngineException> refusal(StageFacts model, SessionRequest request, int[] prompt) {
    if (!model.generates()) {
      return refusal(
          EngineFailure.UNSUPPORTED, "model", "this model gives embeddings and generates no text");
    }
    if (prompt.length == 0) {
      return refusal(EngineFailure.INVALID_REQUEST, "prompt", "prompt has no tokens");
    }
    if (prompt.length >= model.contextTokens()) {
      return refusal(
          EngineFailure.CONTEXT_EXCEEDED,
          "prompt",
          "prompt has %d tokens; the context of %d leaves no room for an answer (--context-size sets it)"
              .formatted(prompt.length, model.contextTokens()));
    }
    return unknownToken(model, "prompt", prompt)
        .or(() -> unknownToken(model, "resumption", request.resumption().tokens()));
  }

  private static Optional<EngineException> unknownToken(
      StageFacts model, String field, int[] tokens) {
    int vocabulary = model.vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        return refusal(
            EngineFailure.INVALID_REQUEST,
            field,
            "%s has token %d, outside the vocabulary of %d".formatted(field, token, vocabulary));
      }
    }
    return Optional.empty();
  }

  private static Optional<EngineException> refusal(
      EngineFailure failure, String field, String message) {
    return Optional.of(new EngineException(failure, field, message));
  }
}
