package dev.flotilla.node.api;

import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.tools.ToolChoice;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A generation ready to run: what chat and text completions have become.
 *
 * @param kind the shape of its answer
 * @param model what generates
 * @param prompts at least one
 * @param options what the request asked for
 * @param echo whether each answer starts with its prompt
 * @param tools what the answer may call
 * @param user whom the client says it is for
 */
record GenerationRequest(
    AnswerKind kind,
    ServedModel model,
    List<Prompt> prompts,
    GenerationOptions options,
    boolean echo,
    ToolUse tools,
    Optional<String> user) {

  private static final ToolUse NO_TOOLS = new ToolUse(List.of(), new ToolChoice.None(), false);

  GenerationRequest {
    prompts = List.copyOf(prompts);
    if (prompts.size() * options.choices() > GenerationOptions.MAX_CHOICES) {
      throw ApiException.invalid(
          "n",
          "'n' times the number of prompts may be "
              + GenerationOptions.MAX_CHOICES
              + ", not "
              + prompts.size() * options.choices()
              + ".");
    }
  }

  /** A conversation; the template renders it here. */
  static GenerationRequest chat(
      Fields fields, ServedModel model, Grammars grammars, SamplingDefaults defaults) {
    ToolUse tools = ToolUse.parse(fields);
    GenerationOptions options =
        GenerationOptions.parse(
            fields,
            chatLogprobs(fields),
            grammars.parse(fields, tools, model.template().toolStyle().format()),
            defaults,
            model.pipeline().model().vocabularySize());
    String text = ChatMessages.parse(fields, tools).render(model.template());
    return new GenerationRequest(
        AnswerKind.CHAT,
        model,
        List.of(new Prompt.Text(text, true, true)),
        options,
        false,
        tools,
        fields.text("user"));
  }

  /** A text to go on with, or several. */
  static GenerationRequest completion(
      Fields fields, ServedModel model, Grammars grammars, SamplingDefaults defaults) {
    if (fields.text("suffix").filter(suffix -> !suffix.isEmpty()).isPresent()) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED, "suffix", "'suffix' (text to insert before) is not supported.");
    }
    int vocabularySize = model.pipeline().model().vocabularySize();
    int logprobs = fields.integer("logprobs", -1, 0, 20);
    boolean echo = fields.flag("echo", false);
    if (echo && logprobs >= 0) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED,
          "logprobs",
          "'logprobs' of an echoed prompt are not supported; ask for one of the two.");
    }
    GenerationOptions options =
        GenerationOptions.parse(fields, logprobs, grammars.parse(fields), defaults, vocabularySize);
    if (fields.integer("best_of", options.choices(), 1, Integer.MAX_VALUE) != options.choices()) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED, "best_of", "'best_of' must equal 'n' where it is given.");
    }
    List<Prompt> prompts =
        Prompts.parse(fields, "prompt", GenerationOptions.MAX_CHOICES, vocabularySize);
    return new GenerationRequest(
        AnswerKind.COMPLETION, model, prompts, options, echo, NO_TOOLS, fields.text("user"));
  }

  private static int chatLogprobs(Fields fields) {
    int top = fields.integer("top_logprobs", 0, 0, 20);
    boolean logprobs = fields.flag("logprobs", false);
    if (top > 0 && !logprobs) {
      throw fields.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
    }
    return logprobs ? top : -1;
  }

  /** Whether tokens are reported with their probabilities. */
  boolean logprobs() {
    return options.sampling().logprobs() >= 0;
  }

  /** What reads the calls out of one choice's answer, where it may hold any. */
  Optional<ToolCalls> toolCalls() {
    ToolFormat format = model.template().toolStyle().format();
    return tools.active() ? Optional.of(new ToolCalls(tools, format)) : Optional.empty();
  }

  /** One session per choice, the choices of a prompt side by side, as OpenAI numbers them. */
  List<SessionRequest> sessions() {
    List<String> shown =
        tools.active() ? model.template().toolStyle().format().markers() : List.of();
    List<SessionRequest> sessions = new ArrayList<>(prompts.size() * options.choices());
    for (Prompt prompt : prompts) {
      for (int choice = 0; choice < options.choices(); choice++) {
        sessions.add(options.session(prompt, choice, shown));
      }
    }
    return sessions;
  }
}
