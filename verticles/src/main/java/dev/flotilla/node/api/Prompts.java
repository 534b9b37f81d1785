package dev.flotilla.node.api;

import dev.flotilla.engine.Prompt;
import java.util.ArrayList;
import java.util.List;

/** Reads OpenAI's four forms of a prompt: text, texts, token ids, lists of token ids. */
final class Prompts {
  private static final String FORMS = "a string, an array of strings, or an array of token ids";

  private Prompts() {}

  /** The prompts of a required field: 1 to {@code most}, none empty. */
  static List<Prompt> parse(Fields fields, String name, int most, int vocabularySize) {
    Object value = fields.raw(name);
    String path = fields.path(name);
    return switch (value) {
      case null -> throw fields.missing(name);
      case String text -> List.of(text(path, text));
      case List<?> list when list.isEmpty() ->
          throw ApiException.invalid(path, "'" + path + "' must not be empty.");
      case List<?> list when list.getFirst() instanceof Number ->
          List.of(new Prompt.Tokens(tokens(path, value, vocabularySize)));
      case List<?> list -> several(path, list, most, vocabularySize);
      default -> throw Fields.wrongType(path, FORMS, value);
    };
  }

  private static List<Prompt> several(String path, List<?> list, int most, int vocabularySize) {
    if (list.size() > most) {
      throw ApiException.invalid(path, "'" + path + "' may hold " + most + " prompts.");
    }
    List<Prompt> prompts = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      String element = path + "[" + i + "]";
      prompts.add(
          switch (list.get(i)) {
            case String text -> text(element, text);
            case List<?> ids -> new Prompt.Tokens(tokens(element, ids, vocabularySize));
            case null, default -> throw Fields.wrongType(element, FORMS, list.get(i));
          });
    }
    return prompts;
  }

  private static Prompt text(String path, String text) {
    if (text.isEmpty()) {
      throw ApiException.invalid(path, "'" + path + "' must not be empty.");
    }
    return new Prompt.Text(text, true, true);
  }

  /** Token ids of the vocabulary, at least one. */
  static int[] tokens(String path, Object value, int vocabularySize) {
    List<Object> list = Fields.list(path, value);
    if (list.isEmpty()) {
      throw ApiException.invalid(path, "'" + path + "' must not be empty.");
    }
    int[] tokens = new int[list.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = Fields.integer(path + "[" + i + "]", list.get(i), 0, vocabularySize - 1);
    }
    return tokens;
  }
}
