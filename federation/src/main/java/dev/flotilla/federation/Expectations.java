package dev.flotilla.federation;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;

/**
 * What a model's past sessions lead to expect of the next: tokens in a prompt's text, tokens of an
 * answer. Moving averages; not thread-safe.
 */
final class Expectations {
  private static final double WEIGHT = 0.05;

  /** Above it, {@code max_tokens} is a formality that says nothing of the answer. */
  private static final int TELLING_MAX_TOKENS = 4096;

  private double charsPerToken = 4;
  private double usedShare = 0.75;
  private double meanOutput = 256;

  /** What routing is to know of a request. */
  RouteRequest of(SessionRequest request) {
    int max = request.stop().maxTokens();
    int done = request.resumption().tokens().length;
    double output = max <= TELLING_MAX_TOKENS ? usedShare * max : meanOutput;
    double left = Math.max(output / 8, output - done);
    return switch (request.prompt()) {
      case Prompt.Text text ->
          new RouteRequest(
              PrefixChain.of(text.text()), text.text().length() / charsPerToken + done, left);
      case Prompt.Tokens tokens ->
          new RouteRequest(PrefixChain.of(chars(tokens.ids())), tokens.ids().length + done, left);
    };
  }

  /** Token ids in place of chars: their lower halves tell prompts apart well enough. */
  private static String chars(int[] ids) {
    StringBuilder chars = new StringBuilder(ids.length);
    for (int id : ids) {
      chars.append((char) id);
    }
    return chars.toString();
  }

  /** A session ended. */
  void learn(SessionRequest request, SessionUsage usage) {
    int max = request.stop().maxTokens();
    int output = usage.completionTokens();
    meanOutput += WEIGHT * (output - meanOutput);
    if (max <= TELLING_MAX_TOKENS) {
      usedShare += WEIGHT * ((double) output / max - usedShare);
    }
    if (request.prompt() instanceof Prompt.Text text && usage.promptTokens() > 0) {
      double ratio = (double) text.text().length() / usage.promptTokens();
      charsPerToken += WEIGHT * (Math.max(0.25, ratio) - charsPerToken);
    }
  }
}
