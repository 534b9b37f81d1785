package dev.flotilla.node.shard;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.gguf.GgufException;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.ModelCheck;
import dev.flotilla.gguf.ModelFacts;
import dev.flotilla.gguf.ValueType;
import dev.flotilla.sharding.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A model file, read and checked by this node without loading it: what is corrupt is refused here,
 * before any native code sees it.
 *
 * @param card what clients are told
 * @param model its headers
 * @param facts what they tell
 */
public record ModelFile(ModelCard card, GgufModel model, ModelFacts facts) {

  /**
   * Reads the headers. Blocks on the disk.
   *
   * @param id the name that requests will use
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} that says what is wrong and where
   */
  public static ModelFile read(String id, Path path) {
    try {
      GgufModel model = GgufModel.read(path);
      ModelFacts facts = ModelCheck.check(model);
      long createdSeconds = Files.getLastModifiedTime(path).toMillis() / 1000;
      return new ModelFile(card(id, model, facts, createdSeconds), model, facts);
    } catch (GgufException e) {
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE, "model file " + path + " can't be used: " + e.getMessage());
    } catch (IOException e) {
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE, "model file " + path + " can't be read: " + e);
    }
  }

  private static ModelCard card(String id, GgufModel model, ModelFacts facts, long createdSeconds) {
    return new ModelCard(
        id,
        createdSeconds,
        facts.architecture(),
        facts.dimensions().layers(),
        facts.weights().parameters(),
        model.fileBytes(),
        facts.weights().quantisation(),
        facts.dimensions().context(),
        facts.tokenizer().vocabulary(),
        facts.dimensions().embedding(),
        facts.embeddingModel());
  }

  /**
   * The chat template that the model brings, or ChatML.
   *
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} if it does not compile
   */
  public JinjaChatTemplate template() {
    return facts
        .tokenizer()
        .chatTemplate()
        .map(source -> template("of " + card.id(), source))
        .orElseGet(JinjaChatTemplate::chatMl);
  }

  /**
   * A chat template with this model's special tokens.
   *
   * @param name where it came from
   * @param source its Jinja text
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} if it does not compile
   */
  public JinjaChatTemplate template(String name, String source) {
    try {
      return JinjaChatTemplate.compile(
          name, source, text(facts.tokenizer().bos()), text(facts.tokenizer().eos()));
    } catch (ChatException e) {
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE,
          e.getMessage() + "; give another with --chat-template FILE");
    }
  }

  private String text(OptionalInt token) {
    try {
      return token.isEmpty()
          ? ""
          : model
              .metadata()
              .array("tokenizer.ggml.tokens", ValueType.TEXT)
              .filter(tokens -> token.getAsInt() < tokens.count())
              .map(tokens -> tokens.text(token.getAsInt()))
              .orElse("");
    } catch (GgufException e) {
      return "";
    }
  }
}
